"""Sends statements to PostgreSQL, MariaDB and SQLite, each to tables of its own.

    foreign_marks.py < statements.json

For each statement and database its error is printed: the server's code and text, or null.
"""

import json
import os
import sqlite3
import sys

import psycopg
import pymysql

TABLES = [
    "CREATE TABLE t (id integer PRIMARY KEY, a integer, b varchar(10), c text)",
    "CREATE TABLE u (id integer PRIMARY KEY)",
]
NAME = f"whimbrel_marks_{os.getpid()}"


def on_postgresql(statements):
    where = {"host": "127.0.0.1", "user": os.environ.get("PGUSER", "postgres")}
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {NAME} TEMPLATE template0")
    with psycopg.connect(**where, dbname=NAME, autocommit=True) as connection:
        for statement in statements:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
            connection.execute("SET search_path = public")
            for table in TABLES:
                connection.execute(table)
            try:
                connection.execute(statement)
            except psycopg.Error as error:
                yield [error.sqlstate, str(error)]
            else:
                yield None
    with psycopg.connect(**where, dbname="postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE {NAME}")


def on_mariadb(statements):
    connection = pymysql.connect(
        host=os.environ.get("MYSQL_HOST", "127.0.0.1"),
        user=os.environ.get("MYSQL_USER", "root"),
        password=os.environ.get("MYSQL_PWD", ""),
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"DROP DATABASE IF EXISTS {NAME}")
            cursor.execute(f"CREATE DATABASE {NAME}")
            cursor.execute(f"USE {NAME}")
            for table in TABLES:
                cursor.execute(table)
            try:
                cursor.execute(statement)
            except pymysql.MySQLError as error:
                yield [str(error.args[0]), error.args[1]]
            else:
                yield None
            cursor.execute("UNLOCK TABLES")
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME}")


def on_sqlite(statements):
    for statement in statements:
        connection = sqlite3.connect(":memory:")
        for table in TABLES:
            connection.execute(table)
        try:
            connection.execute(statement)
        except sqlite3.Error as error:
            yield ["", str(error)]
        else:
            yield None


def main():
    statements = json.load(sys.stdin)
    servers = {"postgresql": on_postgresql, "mariadb": on_mariadb, "sqlite": on_sqlite}
    told = {}
    for name, ask in servers.items():
        try:
            told[name] = list(ask(statements))
        except (psycopg.OperationalError, pymysql.MySQLError) as error:
            print(f"{name}: {error}", file=sys.stderr)
    print(json.dumps(told))


main()
