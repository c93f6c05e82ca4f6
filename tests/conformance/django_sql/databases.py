"""Databases that are made for one run and dropped after it, also after an error.

A dialect is what `--database` names and what recordings are kept by; behind a hyphen
may stand a version. Oracle is not there: `oracle.py` stands for it. Servers are
found through the usual variables (`PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`;
`MYSQL_HOST`, `MYSQL_TCP_PORT`, `MYSQL_USER`, `MYSQL_PWD`), by default on 127.0.0.1.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import uuid

from . import oracle as stand_in

DIALECTS = (
    "postgresql",
    "postgresql-14",
    "postgresql-18",
    "sqlite",
    "sqlite-3.31",
    "mysql",
    "mysql-8.0.11",
    "mysql-8.0",
    "mariadb",
    "mariadb-10.6",
    "mariadb-11.8",
    "oracle",
    "oracle-23",
)
# Where Django only takes the server for one of that version.
PRETENDED = ("postgresql", "sqlite", "mysql", "mariadb")
HOST = "127.0.0.1"


class Unsupported(Exception):
    """A dialect for which no database can be made."""


def pretend(connection, dialect):
    """Has Django take the server for one of the version that a dialect names."""
    name, _, version = dialect.partition("-")
    if not version or name not in PRETENDED:
        return
    parts = tuple(map(int, version.split(".")))
    if name == "postgresql":
        connection.pg_version = parts[0] * 10000
    elif connection.vendor == "mysql":
        # Which patch is meant by 8.0 is the last one.
        version = ".".join(map(str, (*parts, 99)[:3]))
        suffix = "-MariaDB" if name == "mariadb" else ""
        data = connection.mysql_server_data
        connection.mysql_server_data = {**data, "version": version + suffix}
        # Connecting has asked for the version.
        for name in ("mysql_server_info", "mysql_version"):
            delattr(connection, name)
        connection.features.__dict__ = {"connection": connection}
    else:
        # As `sqlite3/features.py` has it, which asks when it is imported.
        connection.features.can_alter_table_drop_column = parts >= (3, 35, 5)


def unique_name():
    return f"whimbrel_{os.getpid()}_{uuid.uuid4().hex[:12]}"


@contextlib.contextmanager
def throw_away(dialect, *, postgis=False):
    """Yields the settings of a new, empty database, for `DATABASES["default"]`."""
    name, _, version = dialect.partition("-")
    maker = MAKERS.get(name)
    if maker is None:
        raise Unsupported(f"no database is made for {dialect}")
    # A process that is told to end drops its database first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    is_made = version and name not in PRETENDED
    with maker(postgis, version) if is_made else maker(postgis) as settings:
        yield settings


def postgresql_server():
    return {
        "HOST": os.environ.get("PGHOST", HOST),
        "PORT": os.environ.get("PGPORT", "5432"),
        "USER": os.environ.get("PGUSER", "postgres"),
        "PASSWORD": os.environ.get("PGPASSWORD", ""),
    }


def as_administrator(statement):
    """Runs one statement outside of the databases that are made."""
    import psycopg

    server = postgresql_server()
    with psycopg.connect(
        host=server["HOST"],
        port=server["PORT"],
        user=server["USER"],
        password=server["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        connection.execute(statement)


@contextlib.contextmanager
def postgresql(postgis):
    name = unique_name()
    # From template0, so that what somebody left in template1 never shows.
    as_administrator(
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    backend = "django.contrib.gis.db.backends.postgis" if postgis else POSTGRESQL
    try:
        yield {"ENGINE": backend, "NAME": name, **postgresql_server()}
    finally:
        as_administrator(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextlib.contextmanager
def sqlite(postgis):
    if postgis:
        raise Unsupported("geometry is recorded on PostgreSQL only")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="whimbrel-"))
    try:
        yield {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / "db.sqlite3"),
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def mariadb_server():
    return {
        "HOST": os.environ.get("MYSQL_HOST", HOST),
        "PORT": os.environ.get("MYSQL_TCP_PORT", "3306"),
        "USER": os.environ.get("MYSQL_USER", "root"),
        "PASSWORD": os.environ.get("MYSQL_PWD", ""),
    }


@contextlib.contextmanager
def on_mariadb(postgis, backend):
    """A database on MariaDB, for Django's backend or for the one beside this file."""
    import pymysql

    # Django imports mysqlclient, which is built where it is installed.
    pymysql.install_as_MySQLdb()
    if postgis:
        raise Unsupported("geometry is recorded on PostgreSQL only")
    name = unique_name()
    server = mariadb_server()

    def as_administrator(statement):
        connection = pymysql.connect(
            host=server["HOST"],
            port=int(server["PORT"]),
            user=server["USER"],
            password=server["PASSWORD"],
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)

    as_administrator(
        f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    )
    try:
        yield {"ENGINE": backend, "NAME": name, **server}
    finally:
        as_administrator(f"DROP DATABASE IF EXISTS {name}")


@contextlib.contextmanager
def oracle(postgis, version="19"):
    if postgis:
        raise Unsupported("geometry is recorded on PostgreSQL only")
    stand_in.install(f"{version}.0.0.0.0")
    yield {
        "ENGINE": stand_in.ENGINE,
        "NAME": "whimbrel",
        "USER": "whimbrel",
        "PASSWORD": "",
    }


POSTGRESQL = "django.db.backends.postgresql"
MAKERS = {
    "postgresql": postgresql,
    "sqlite": sqlite,
    "mariadb": lambda postgis: on_mariadb(postgis, "django.db.backends.mysql"),
    "mysql": lambda postgis: on_mariadb(postgis, "django_sql.mysql"),
    "oracle": oracle,
}
