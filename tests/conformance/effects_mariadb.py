"""Asks MariaDB in which ways it takes statements.

    effects_mariadb.py PROJECT SETTINGS PORT < cases.json

All statements of a case but the last are executed; of the last one the first algorithm
and lock that the server takes is printed, the cheapest first. The first two arguments are
there for the suite's own sake.
"""

import json
import os
import sys

import pymysql

# Of this process: several run side by side.
DATABASE = f"whimbrel_effects_{os.getpid()}"
ALGORITHMS = ["INSTANT", "NOCOPY", "INPLACE", "COPY"]
LOCKS = ["NONE", "SHARED", "EXCLUSIVE"]
# The server has no such algorithm or lock for the statement.
REFUSALS = {1845, 1846, 1221}


def statements(text):
    return [part.strip() for part in text.split(";\n") if part.strip()]


def asked_for(statement, algorithm, lock):
    separator = ", " if statement.startswith("ALTER") else " "
    options = separator.join([f"ALGORITHM={algorithm}", f"LOCK={lock}"])
    return f"{statement}{separator}{options}"


def measure(cursor, case):
    for statement in case[:-1]:
        cursor.execute(statement)
    for algorithm in ALGORITHMS:
        for lock in LOCKS:
            try:
                cursor.execute(asked_for(case[-1], algorithm, lock))
            except pymysql.MySQLError as error:
                if error.args[0] not in REFUSALS:
                    return {"error": f"{error.args[0]}: {error.args[1]}"}
            else:
                return {"algorithm": algorithm, "lock": lock}
    return {"error": "the server takes it in no way"}


def main():
    asked = json.load(sys.stdin)
    try:
        connection = pymysql.connect(
            host=os.environ.get("MYSQL_HOST", "127.0.0.1"),
            port=int(sys.argv[3]),
            user=os.environ.get("MYSQL_USER", "root"),
            password=os.environ.get("MYSQL_PWD", ""),
            charset="utf8mb4",
        )
    except pymysql.MySQLError as error:
        sys.exit(f"connection failed: {error}")
    with connection.cursor() as cursor:
        for case in asked["cases"]:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
            cursor.execute(f"USE {DATABASE}")
            for statement in statements(asked["setup"]):
                cursor.execute(statement)
            print(json.dumps(measure(cursor, case["statements"])))
        cursor.execute(f"DROP DATABASE {DATABASE}")
    connection.close()


main()
