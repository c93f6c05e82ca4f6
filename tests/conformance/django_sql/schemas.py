"""Runs scripts on a database and dumps its schema, for each kind of server."""

import os
import re
import subprocess

# Django's own record of what is applied, which scripts do not make.
RECORD = "django_migrations"


def of(connection):
    return KINDS[connection.vendor](connection)


class PostgreSQL:
    def __init__(self, connection):
        connection.prepare_database()
        connection.close()
        settings = connection.settings_dict
        self.environment = {
            **os.environ,
            "PGHOST": settings["HOST"],
            "PGPORT": str(settings["PORT"]),
            "PGUSER": settings["USER"],
            "PGPASSWORD": settings["PASSWORD"],
            "PGDATABASE": settings["NAME"],
            "PGOPTIONS": "-c client_min_messages=warning",
        }

    def run(self, script):
        """Stops at the first statement that fails, and returns what was said of it."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=script,
            text=True,
            env=self.environment,
            capture_output=True,
            check=False,
        )
        return " ".join(done.stderr.split()) if done.returncode else ""

    def dump(self):
        command = ["pg_dump", "--schema-only", "--no-owner", "--no-privileges"]
        command += [f"--exclude-table={RECORD}", f"--exclude-table={RECORD}_id_seq"]
        text = subprocess.run(
            command, text=True, env=self.environment, capture_output=True, check=True
        ).stdout
        # What is left out names the versions of programs, or is random.
        skipped = (
            "--",
            "SET ",
            "\\restrict",
            "\\unrestrict",
            "SELECT pg_catalog.set_config",
        )
        kept = [
            line for line in text.splitlines() if line and not line.startswith(skipped)
        ]
        return "\n".join(kept) + "\n" if kept else ""


class SQLite:
    """Scripts run on Django's connection, since only that has Django's functions."""

    def __init__(self, connection):
        connection.ensure_connection()
        self.django = connection

    def run(self, script):
        import sqlite3

        self.django.ensure_connection()
        self.django.disable_constraint_checking()
        database = self.django.connection
        try:
            database.executescript(script)
        except sqlite3.Error as error:
            if database.in_transaction:
                database.rollback()
            return f"{type(error).__name__}: {error}"
        return ""

    def dump(self):
        with self.django.cursor() as cursor:
            cursor.execute(
                "SELECT type, tbl_name, name, sql FROM sqlite_master"
                " WHERE tbl_name != %s AND name NOT LIKE 'sqlite_%%'"
                " ORDER BY tbl_name, type DESC, name",
                [RECORD],
            )
            rows = cursor.fetchall()
        return "".join(
            f"-- {kind} {name} of {table}\n{sql};\n" for kind, table, name, sql in rows
        )


class MariaDB:
    """What tables say of themselves, and what the catalogue says of them."""

    # What of the catalogue is not in `SHOW CREATE TABLE`, or stands there otherwise.
    CATALOGUE = {
        "column": "SELECT table_name, ordinal_position, column_name, column_type,"
        " is_nullable, column_default, extra, collation_name, column_comment,"
        " generation_expression FROM information_schema.columns"
        " WHERE table_schema = DATABASE()",
        "index": "SELECT table_name, index_name, seq_in_index, column_name, non_unique,"
        " collation, sub_part, index_type FROM information_schema.statistics"
        " WHERE table_schema = DATABASE()",
        "key": "SELECT table_name, constraint_name, ordinal_position, column_name,"
        " referenced_table_name, referenced_column_name"
        " FROM information_schema.key_column_usage WHERE table_schema = DATABASE()",
        "rule": "SELECT table_name, constraint_name, update_rule, delete_rule"
        " FROM information_schema.referential_constraints"
        " WHERE constraint_schema = DATABASE()",
        "check": "SELECT table_name, constraint_name, check_clause"
        " FROM information_schema.check_constraints"
        " WHERE constraint_schema = DATABASE()",
        "table": "SELECT table_name, engine, row_format, table_collation, table_comment"
        " FROM information_schema.tables WHERE table_schema = DATABASE()",
    }

    def __init__(self, connection):
        connection.ensure_connection()
        self.django = connection

    def run(self, script):
        import pymysql
        from pymysql.constants import CLIENT

        settings = self.django.settings_dict
        try:
            with (
                pymysql.connect(
                    host=settings["HOST"],
                    port=int(settings["PORT"]),
                    user=settings["USER"],
                    password=settings["PASSWORD"],
                    database=settings["NAME"],
                    client_flag=CLIENT.MULTI_STATEMENTS,
                ) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute(script)
                while cursor.nextset():
                    pass
        except pymysql.Error as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def dump(self):
        found = []
        with self.django.cursor() as cursor:
            cursor.execute("SHOW TABLES")
            tables = sorted(table for (table,) in cursor.fetchall() if table != RECORD)
            for table in tables:
                cursor.execute(f"SHOW CREATE TABLE `{table}`")
                [(_, made)] = cursor.fetchall()
                found.append(re.sub(r" AUTO_INCREMENT=\d+", "", made) + ";")
            for kind, query in self.CATALOGUE.items():
                cursor.execute(query)
                rows = [row for row in cursor.fetchall() if row[0] != RECORD]
                found += sorted(f"-- {kind} {' '.join(map(str, row))}" for row in rows)
        return "".join(line + "\n" for line in found)


KINDS = {"postgresql": PostgreSQL, "sqlite": SQLite, "mysql": MariaDB}
