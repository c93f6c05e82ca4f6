"""Loads Django for a project or for a case, on a throw-away database."""

import contextlib
import os
import pathlib
import sys

from . import cases, databases, defaults

PROJECT = pathlib.Path(__file__).resolve().parent.parent / "project"


def add_arguments(parser):
    parser.add_argument("--database", choices=databases.DIALECTS, required=True)
    parser.add_argument("project", nargs="?", default=PROJECT, type=pathlib.Path)
    parser.add_argument("settings", nargs="?", metavar="SETTINGS_MODULE")


@contextlib.contextmanager
def loaded(options):
    """Loads Django for a project or a case, on a database of its own."""
    is_case = options.settings is None and not (options.project / "manage.py").exists()
    case = cases.Case(options.project) if is_case else None
    postgis = case is not None and case.postgis
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(
            databases.throw_away(options.database, postgis=postgis)
        )
        if case:
            stack.enter_context(case.unpacked())
            case.configure(database)
        else:
            load(options.project, options.settings or "parity.settings", database)
        from django.db import connection

        stack.callback(connection.close)
        yield connection


def load(project, settings_module, database):
    sys.path.insert(0, os.path.abspath(project))
    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    from django.conf import settings

    settings.DATABASES = {"default": database}
    defaults.fix()
    import django

    django.setup()
