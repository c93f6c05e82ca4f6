"""Executes statements on PostgreSQL and tells what each of them did.

    effects_postgresql.py PROJECT SETTINGS PORT < cases.json

A case is a list of statements; all but the last are executed and committed, the last one
in a transaction that is looked at and rolled back. One JSON object a case is printed:
the locks on tables, the tables and indexes with new files, the tables that were scanned,
or the error. With `history` instead of cases, a list of migrations, each statement is
looked at and committed before the next; after each migration the tables that it made get
rows, so that later ones are measured on rows. The first two arguments are there for the
suite's own sake.
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


# Rows that a new table gets.
ROWS = 3

COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory,
           pg_get_serial_sequence(a.attrelid::regclass::text, a.attname)
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %s::regclass AND a.attnum > 0
      AND NOT a.attisdropped AND a.attgenerated = ''
    ORDER BY a.attnum
"""

# A value of each type for the row with number `n`. Numbers and texts are the number, so
# that a key and what refers to it are alike.
VALUES = {
    "boolean": "n % 2 = 0",
    "uuid": "lpad(n::text, 32, '0')::uuid",
    "date": "date '2026-01-01' + n",
    "bytea": "n::text::bytea",
    "inet": "inet '10.0.0.0' + n",
    "json": "'{}'",
    "jsonb": "'{}'",
}
VALUES_BY_CATEGORY = {
    "A": "'{}'",
    "D": "timestamp '2026-01-01' + n * interval '1 day'",
    "N": "n",
    "R": "'empty'",
    "S": "n",
    "T": "n * interval '1 day'",
    "U": "n::text",
}


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
        return {"error": str(error).splitlines()[0], "refused": error}, before
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
        told, _ = measure(cursor, statements[-1], relations(cursor), "ROLLBACK")
        told.pop("refused", None)
        return told


def value(kind, category):
    known = VALUES.get(kind) or VALUES_BY_CATEGORY[category]
    return f"({known})::{kind}"


def fill(cursor, table):
    """Gives an empty table rows. Returns whether it took them."""
    columns = cursor.execute(COLUMNS, [f'"{table}"']).fetchall()
    names = ", ".join(f'"{name}"' for name, *_ in columns)
    try:
        values = ", ".join(value(kind, category) for _, kind, category, _ in columns)
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) OVERRIDING SYSTEM VALUE '
            f"SELECT {values} FROM generate_series(1, {ROWS}) n"
        )
    except (KeyError, psycopg.Error):
        return False
    for *_, sequence in columns:
        if sequence:
            cursor.execute("SELECT setval(%s, %s)", [sequence, ROWS])
    return True


def fill_all(cursor, tables):
    """Those first to which others refer. One whose checks refuse the rows stays empty."""
    while filled := {table for table in tables if fill(cursor, table)}:
        tables = tables - filled


def mend(cursor, error):
    """Makes the rows fit a statement that refused them, as the functions of the
    migration would have, or takes them away. Returns whether it can be tried again."""
    table, column = error.diag.table_name, error.diag.column_name
    if isinstance(error, psycopg.errors.NotNullViolation) and column:
        columns = cursor.execute(COLUMNS, [f'"{table}"']).fetchall()
        found = [row for row in columns if row[0] == column]
        if found:
            _, kind, category, _ = found[0]
            cursor.execute(
                f'UPDATE "{table}" t SET "{column}" = {value(kind, category)} FROM '
                f'(SELECT ctid AS row, row_number() OVER () AS n FROM "{table}") numbered '
                f'WHERE t.ctid = row AND "{column}" IS NULL'
            )
            return cursor.rowcount > 0
    if isinstance(error, psycopg.errors.IntegrityError) and table:
        cursor.execute(f'TRUNCATE "{table}" CASCADE')
        return True
    return False


def alone(cursor, statement):
    try:
        cursor.execute(statement)
        return {"alone": True}
    except psycopg.Error as error:
        return {"error": str(error).splitlines()[0]}


def has_rows(cursor, table):
    return cursor.execute(f'SELECT EXISTS (SELECT FROM "{table}")').fetchone()[0]


def step(cursor, statement, before):
    """Looks at one statement of the history."""
    told, after = measure(cursor, statement, before, "COMMIT")
    while (refused := told.pop("refused", None)) and mend(cursor, refused):
        before = relations(cursor)
        told, after = measure(cursor, statement, before, "COMMIT")
    told.pop("refused", None)
    if "cannot run inside a transaction block" in told.get("error", ""):
        told = alone(cursor, statement)
        after = relations(cursor)
    made = {oid: row for oid, row in after.items() if oid not in before}
    kept = {row[1] for oid, row in after.items() if oid in before}
    told["rows"] = sorted(
        table
        for table in told.get("locks", ())
        if table in kept and has_rows(cursor, table)
    )
    told["made"] = sorted(row[1] for row in made.values() if row[2] in "rpmv")
    told["renamed"] = sorted(
        [before[oid][1], row[1]]
        for oid, row in after.items()
        if row[2] in "rpmv" and oid in before and before[oid][1] != row[1]
    )
    return told, after


def history(connection, migrations):
    connection.execute("SET search_path = public")
    with connection.cursor() as cursor:
        before = relations(cursor)
        for statements in migrations:
            known = before
            for statement in statements:
                told, before = step(cursor, statement, before)
                print(json.dumps(told))
            made = before.keys() - known.keys()
            fill_all(cursor, {before[oid][1] for oid in made if before[oid][2] == "r"})


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
