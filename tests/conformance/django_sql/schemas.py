"""Runs scripts on a database and dumps its schema, for each kind of server."""

import os
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
        skipped = ("--", "SET ", "\\restrict", "\\unrestrict", "SELECT pg_catalog.set_config")
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
        return "".join(f"-- {kind} {name} of {table}\n{sql};\n" for kind, table, name, sql in rows)


KINDS = {"postgresql": PostgreSQL, "sqlite": SQLite}
