"""Executes statements on PostgreSQL and tells what each of them did.

    effects_postgresql.py PROJECT SETTINGS PORT < cases.json

A case is a list of statements; all but the last are executed and committed, the last one
in a transaction that is looked at and rolled back. One JSON object a case is printed:
the locks on tables, the tables and indexes with new files, the tables that were scanned,
or the error. With `history` instead of cases each statement of the list is looked at and
committed before the next. The first two arguments are there for the suite's own sake.
"""

import json
import os
import sys

import psycopg

# Of this process: several run side by side.
DATABASE = f"whimbrel_effects_{os.getpid()}"
HOST = os.environ.get("PGHOST", "127.0.0.1")

RELATIONS = """
    SELECT c.oid::int8, c.relname, c.relkind::text,
           coalesce(pg_relation_filenode(c.oid), 0)::int8, n.nspname, t.relname
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    LEFT JOIN pg_class t ON t.oid = i.indrelid
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'm', 'v', 'i', 'I')
"""

SCANS = "SELECT relid::int8, coalesce(seq_scan, 0) FROM pg_stat_xact_all_tables"

LOCKS = """
    SELECT relation::int8, mode FROM pg_locks
    WHERE locktype = 'relation' AND pid = pg_backend_pid() AND granted
"""


def connect(port, dbname):
    return psycopg.connect(
        host=HOST, port=port, user="postgres", dbname=dbname, autocommit=True
    )


def relations(cursor):
    return {row[0]: row for row in cursor.execute(RELATIONS).fetchall()}


def measure(cursor, statement, before, end):
    """What a statement does in its transaction, and the relations that are there then."""
    nodes = {row[3] for row in before.values()}
    cursor.execute("BEGIN")
    try:
        scanned = dict(cursor.execute(SCANS).fetchall())
        cursor.execute(statement)
        locks = cursor.execute(LOCKS).fetchall()
        after = relations(cursor)
        scans = dict(cursor.execute(SCANS).fetchall())
        cursor.execute(end)
    except psycopg.Error as error:
        cursor.execute("ROLLBACK")
        return {"error": str(error).splitlines()[0]}, before
    # By the name from before, which is what the statement says.
    known = {**after, **before}
    tables = {oid: row[1] for oid, row in known.items() if row[2] in "rpmv"}
    found = {}
    for oid, mode in locks:
        if oid in tables:
            found.setdefault(tables[oid], []).append(mode)
    rewritten = sorted(
        row[1]
        for oid, row in before.items()
        if row[2] in "rm" and oid in after and after[oid][3] != row[3]
    )
    # What a statement makes of nothing costs nothing.
    there = {row[1] for row in before.values()}
    built = sorted(
        [row[5], row[1]]
        for row in after.values()
        if row[2] in "iI" and row[3] not in nodes and row[3] and row[5] in there
    )
    return {
        "locks": {table: sorted(modes) for table, modes in found.items()},
        "rewritten": rewritten,
        "built": built,
        "scanned": sorted(
            tables[oid]
            for oid, count in scans.items()
            if oid in before and oid in tables and count > scanned.get(oid, 0)
        ),
    }, after


def case(connection, statements):
    with connection.cursor() as cursor:
        for statement in statements[:-1]:
            cursor.execute(statement)
        return measure(cursor, statements[-1], relations(cursor), "ROLLBACK")[0]


def history(connection, statements):
    connection.execute("SET search_path = public")
    with connection.cursor() as cursor:
        before = relations(cursor)
        for statement in statements:
            told, before = measure(cursor, statement, before, "COMMIT")
            if "cannot run inside a transaction block" in told.get("error", ""):
                try:
                    cursor.execute(statement)
                    told = {"alone": True}
                except psycopg.Error as error:
                    told = {"error": str(error).splitlines()[0]}
                before = relations(cursor)
            print(json.dumps(told))


def main():
    port = sys.argv[3]
    asked = json.load(sys.stdin)
    with connect(port, "postgres") as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        server.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
    connection = connect(port, DATABASE)
    connection.execute("SET client_min_messages = error")
    connection.execute("SET TIME ZONE 'UTC'")
    connection.execute("CREATE SCHEMA extensions")
    connection.execute("SET search_path = public, extensions")
    available = {
        name
        for (name,) in connection.execute("SELECT name FROM pg_available_extensions")
    }
    if "history" in asked:
        history(connection, asked["history"])
        asked["cases"], asked["extensions"] = [], []
    for extension in asked["extensions"]:
        if extension in available:
            connection.execute(f"CREATE EXTENSION {extension} SCHEMA extensions")
    for one in asked["cases"]:
        if not available.issuperset(one["needs"]):
            print(json.dumps({"skipped": True}))
            continue
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute(asked["setup"])
        print(json.dumps(case(connection, one["statements"])))
    connection.close()
    with connect(port, "postgres") as server:
        server.execute(f"DROP DATABASE {DATABASE}")


main()
