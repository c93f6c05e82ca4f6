"""Databases that are made for one run and dropped after it, also after an error.

A dialect is what `--database` names and what recordings are kept by. Servers are
found through the usual variables (`PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`;
`MYSQL_HOST`, `MYSQL_TCP_PORT`, `MYSQL_USER`, `MYSQL_PWD`), by default on 127.0.0.1.
"""

import contextlib
import os
import pathlib
import shutil
import tempfile
import uuid

DIALECTS = ("postgresql", "sqlite", "mysql", "mariadb", "oracle")
HOST = "127.0.0.1"


class Unsupported(Exception):
    """A dialect for which no database can be made."""


def unique_name():
    return f"whimbrel_{os.getpid()}_{uuid.uuid4().hex[:12]}"


@contextlib.contextmanager
def throw_away(dialect, *, postgis=False, keep=False):
    """Yields the settings of a new, empty database, for `DATABASES["default"]`."""
    maker = MAKERS.get(dialect)
    if maker is None:
        raise Unsupported(f"no database is made for {dialect}")
    with maker(postgis, keep) as settings:
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
def postgresql(postgis, keep):
    name = unique_name()
    # From template0, so that what somebody left in template1 never shows.
    as_administrator(
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    backend = "django.contrib.gis.db.backends.postgis" if postgis else POSTGRESQL
    try:
        yield {"ENGINE": backend, "NAME": name, **postgresql_server()}
    finally:
        if not keep:
            as_administrator(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextlib.contextmanager
def sqlite(postgis, keep):
    if postgis:
        raise Unsupported("geometry is recorded on PostgreSQL only")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="whimbrel-"))
    try:
        yield {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


POSTGRESQL = "django.db.backends.postgresql"
MAKERS = {"postgresql": postgresql, "sqlite": sqlite}
