"""Small cases of our own: `fixtures/sql/<case>/`, see the README there."""

import contextlib
import pathlib
import re
import shutil
import sys
import tempfile
import tomllib

from . import collect, databases, defaults, order

LABEL = "shop"
MIGRATION = re.compile(r"\d{4}_\w+\.py")
RECORDED = databases.DIALECTS
KEYS = {"about", "databases", "installed_apps", "settings", "postgis"}


class Case:
    """A folder with the migrations of one app, `shop`, and folders with those of more."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.name = self.folder.name
        file = self.folder / "case.toml"
        self.options = tomllib.loads(file.read_text()) if file.exists() else {}
        unknown = self.options.keys() - KEYS
        if unknown:
            raise ValueError(f"{file}: unknown keys {sorted(unknown)}")
        self.databases = self.options.get("databases", list(RECORDED))
        self.postgis = self.options.get("postgis", False)

    def is_for(self, dialect):
        """`oracle-23` is what `oracle` is at another version."""
        return {dialect, dialect.partition("-")[0]} & {*self.databases} != set()

    def apps(self):
        """The folders of the case's apps by label: those of the folders, then `shop`."""
        found = {
            folder.name: folder
            for folder in sorted(self.folder.iterdir())
            if folder.is_dir() and any(map(is_migration, folder.iterdir()))
        }
        if any(map(is_migration, self.folder.iterdir())):
            found[LABEL] = self.folder
        return found

    @contextlib.contextmanager
    def unpacked(self):
        """Makes packages of the folders, in a folder from which Python imports.

        A file that is not a migration, such as `fields.py`, is a module of the app.
        """
        with tempfile.TemporaryDirectory(prefix="whimbrel-") as root:
            for label, folder in self.apps().items():
                package = pathlib.Path(root, label)
                migrations = package / "migrations"
                migrations.mkdir(parents=True)
                (package / "__init__.py").touch()
                (migrations / "__init__.py").touch()
                for file in folder.glob("*.py"):
                    shutil.copy(file, migrations if is_migration(file) else package)
            sys.path.insert(0, root)
            try:
                yield
            finally:
                sys.path.remove(root)

    def configure(self, database, *, fixed=True):
        """Configures Django, in this process for good, for an unpacked case."""
        from django.conf import settings

        values = {
            "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
            "SECRET_KEY": "for recording only",
            "USE_TZ": True,
            **self.options.get("settings", {}),
        }
        settings.configure(
            DATABASES={"default": database},
            INSTALLED_APPS=[*self.options.get("installed_apps", []), *self.apps()],
            **values,
        )
        if fixed:
            defaults.fix()
        order.fix()
        import django

        django.setup()

    def record(self, dialect):
        """The recordings of the case's own migrations, and what is wrong with it."""
        with (
            databases.throw_away(dialect, postgis=self.postgis) as database,
            self.unpacked(),
        ):
            self.configure(database)
            from django.db import connection

            databases.pretend(connection, dialect)
            try:
                collector = collect.Collector(connection, dialect)
                list(collector.forwards())
                faults = collector.check()
                collector.backwards()
                own = [it for it in collector.recordings if it.app in self.apps()]
                faults += [
                    f"{it.app}.{it.name}: {error}" for it in own for error in it.faults()
                ]
                return own, faults, version(connection)
            finally:
                connection.close()


def refused(file):
    """The refusals that are expected, by database and case."""
    return {
        (database, case): refusal
        for database, refusals in tomllib.loads(file.read_text()).items()
        for refusal in refusals
        for case in refusal["cases"]
    }


def is_migration(path):
    return MIGRATION.fullmatch(path.name) is not None


def version(connection):
    major = connection.get_database_version()
    count = 1 if connection.vendor in {"postgresql", "oracle"} else 2
    return f"{connection.display_name} {'.'.join(map(str, major[:count]))}"
