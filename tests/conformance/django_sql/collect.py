"""Collects the SQL of every migration of a plan, and really applies it.

Collecting alone is not enough: Django's schema editors ask the database for the
names of constraints, so that every migration must find what the earlier ones made.
Executing is recorded as well. `sqlmigrate` leaves out, or cannot make, statements
about what earlier operations of the same migration make; where what is executed
differs from what is printed, a recording holds both.
"""

import contextlib
import dataclasses
import gc
import re
import sys
import time

from . import defaults, oracle
from .states import States


@dataclasses.dataclass
class Recording:
    """The SQL of one migration, as lines.

    `backwards` is `None` for an irreversible migration. The `executed_` parts are
    `None` where they equal what is printed. Where Django fails to print, what it
    executes stands for that, and `unprintable` names the direction. `errors` says all
    that Django failed on.
    """

    app: str
    name: str
    dialect: str
    atomic: bool
    forwards: list | None = None
    backwards: list | None = None
    executed_forwards: list | None = None
    executed_backwards: list | None = None
    placeholders: list = dataclasses.field(default_factory=list)
    unprintable: set = dataclasses.field(default_factory=set)
    errors: list = dataclasses.field(default_factory=list)

    def irreversible(self):
        return self.backwards is None and "backwards" not in self.unprintable

    def faults(self):
        """The errors that leave something unknown: neither printed nor executed."""
        known = [
            f"cannot print {direction}:"
            for direction in self.unprintable
            if getattr(self, direction) is not None
        ]
        return [error for error in self.errors if not error.startswith(tuple(known))]

    def as_json(self):
        shape = {
            "app": self.app,
            "name": self.name,
            "dialect": self.dialect,
            "atomic": self.atomic,
            "forwards": self.forwards,
            "backwards": self.backwards,
            "placeholders": self.placeholders,
        }
        for part in ("executed_forwards", "executed_backwards"):
            if getattr(self, part) is not None:
                shape[part] = getattr(self, part)
        if self.errors:
            shape["errors"] = self.errors
        return shape


@dataclasses.dataclass
class Timings:
    """Seconds that Django spent; `printing` is what `sqlmigrate` would have to do."""

    printing_forwards: float = 0.0
    printing_backwards: float = 0.0
    executing: float = 0.0


def lines(statements):
    """The lines that `sqlmigrate` prints for what a schema editor collected."""
    return "\n".join(statements).split("\n") if statements else []


def executing_editor(connection, atomic):
    """A schema editor that executes, and notes what it would have printed."""

    class Executing(connection.SchemaEditorClass):
        def execute(self, sql, params=()):
            text = str(sql)
            ending = "" if text.rstrip().endswith(";") else ";"
            if params is not None:
                text %= tuple(map(self.quote_value, params))
            self.collected_sql.append(text + ending)
            try:
                super().execute(sql, params)
            except Exception as error:
                if oracle.is_expected(error):
                    self.collected_sql.pop()
                raise

    editor = Executing(connection, atomic=atomic)
    editor.collected_sql = []
    return editor


def described(error):
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"


def can_undo(connection):
    """Whether what was executed can be taken back."""
    is_simulated = getattr(connection, "server_of_recording", None) is not None
    return is_simulated or connection.features.can_rollback_ddl


@contextlib.contextmanager
def undone(connection):
    """Undoes what is executed inside."""
    from django.db import transaction

    server = getattr(connection, "server_of_recording", None)
    if server is not None:
        with server.restored():
            yield
        return
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def leave_out_python():
    """`RunPython` does nothing, also where another operation runs it."""
    from django.db.migrations.operations import RunPython

    def nothing(*_):
        pass

    RunPython.database_forwards = nothing
    RunPython.database_backwards = nothing


class Collector:
    """Goes through Django's full plan for one empty database.

    With `anew`, each run of a migration makes its states itself, as Django's commands
    do, and takes as long as they do.
    """

    def __init__(self, connection, dialect, *, anew=False):
        from django.db.migrations.executor import MigrationExecutor

        leave_out_python()
        self.connection = connection
        self.dialect = dialect
        self.anew = anew
        self.timings = Timings()
        connection.prepare_database()
        self.loader = MigrationExecutor(connection).loader
        executor = MigrationExecutor(connection)
        targets = executor.loader.graph.leaf_nodes()
        self.plan = [step for step, _ in executor.migration_plan(targets)]
        self.state = executor._create_project_state(with_applied_migrations=True)
        self.states = []
        self.keys = []
        self.recordings = []
        if not anew:
            # Rendered models are cycles by the thousand: looking for garbage among them
            # as often as by default takes a quarter of the run.
            gc.freeze()
            gc.set_threshold(20_000, 20, 50)

    def forwards(self):
        """Records each migration in turn: forwards, applied, then backwards."""
        for migration in self.plan:
            recording = Recording(
                migration.app_label, migration.name, self.dialect, migration.atomic
            )
            self.recordings.append(recording)
            self.state.apps  # Rendered once; all clones share it.
            before = self.state
            defaults.called.clear()
            run = States(migration, keeps=not self.anew).migration
            self.states.append((before, run))
            recording.forwards = self.print_forwards(run(), before, recording)
            executed = self.apply(run(), before, recording)
            if executed is not None and executed != recording.forwards:
                if "forwards" in recording.unprintable:
                    recording.forwards = executed
                else:
                    recording.executed_forwards = executed
            self.keys.append(self.keys_of_tables(migration))
            self.print_backwards(run(), before, recording)
            if (
                executed is not None
                and not recording.irreversible()
                and can_undo(self.connection)
            ):
                self.try_backwards(run(), before, recording)
            recording.placeholders = list(defaults.called)
            yield recording

    def keys_of_tables(self, migration):
        """The indexes of all tables, where undoing later migrations may leave some."""
        # MySQL alone makes indexes of its own for foreign keys.
        if self.connection.vendor != "mysql" or not has_many(migration.operations):
            return {}
        found = {}
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT table_name, index_name, column_name, seq_in_index"
                " FROM information_schema.statistics WHERE table_schema = DATABASE()"
            )
            for table, *key in cursor.fetchall():
                found.setdefault(table, set()).add(tuple(key))
        return found

    def apply_all(self):
        """Only applies, and yields what fails."""
        for migration in self.plan:
            self.state.apps
            app, name = migration.app_label, migration.name
            recording = Recording(app, name, self.dialect, migration.atomic)
            self.apply(migration, self.state, recording)
            yield from (f"{app}.{name}: {error}" for error in recording.errors)

    def print_forwards(self, migration, before, recording):
        started = time.perf_counter()
        try:
            with self.connection.schema_editor(
                collect_sql=True, atomic=migration.atomic
            ) as editor:
                migration.apply(before.clone(), editor, collect_sql=True)
            return lines(editor.collected_sql)
        except Exception as error:
            recording.unprintable.add("forwards")
            recording.errors.append(f"cannot print forwards: {described(error)}")
            return None
        finally:
            self.timings.printing_forwards += time.perf_counter() - started

    def apply(self, migration, before, recording):
        started = time.perf_counter()
        try:
            with executing_editor(self.connection, migration.atomic) as editor:
                self.state = migration.apply(before.clone(), editor, collect_sql=True)
            return lines(editor.collected_sql)
        except Exception as error:
            recording.errors.append(f"cannot apply: {described(error)}")
            self.state = self.state_after(migration, before)
            return None
        finally:
            self.timings.executing += time.perf_counter() - started

    def state_after(self, migration, before):
        try:
            return migration.mutate_state(before)
        except Exception:
            return before

    def print_backwards(self, migration, before, recording):
        from django.db.migrations.exceptions import IrreversibleError

        started = time.perf_counter()
        try:
            with self.connection.schema_editor(
                collect_sql=True, atomic=migration.atomic
            ) as editor:
                migration.unapply(before.clone(), editor, collect_sql=True)
            recording.backwards = lines(editor.collected_sql)
        except IrreversibleError:
            pass
        except Exception as error:
            recording.unprintable.add("backwards")
            recording.errors.append(f"cannot print backwards: {described(error)}")
        finally:
            self.timings.printing_backwards += time.perf_counter() - started

    def try_backwards(self, migration, before, recording):
        """Goes back and notes what is executed, then undoes that.

        What cannot run in a transaction stays untried.
        """
        # SQLite's editor asks that they be off, and inside of a transaction they stay
        # as they are.
        self.connection.disable_constraint_checking()
        try:
            with (
                undone(self.connection),
                executing_editor(self.connection, migration.atomic) as editor,
            ):
                migration.unapply(before.clone(), editor, collect_sql=True)
        except Exception as error:
            if migration.atomic:
                recording.errors.append(f"cannot unapply: {described(error)}")
            return
        finally:
            self.connection.enable_constraint_checking()
        self.executed_backwards(recording, lines(editor.collected_sql))

    def executed_backwards(self, recording, executed):
        if "backwards" in recording.unprintable:
            recording.backwards = executed
        elif executed != recording.backwards:
            recording.executed_backwards = executed

    def backwards(self):
        """Really goes back, last migration first; what fails is an error.

        Irreversible migrations are passed over. Where a transaction cannot undo a trial,
        this is where it is seen what is executed.
        """
        steps = list(
            zip(self.plan, self.states, self.keys, self.recordings, strict=True)
        )
        for migration, (before, run), then, recording in reversed(steps):
            if recording.irreversible():
                continue
            now = self.keys_of_tables(migration)
            try:
                with executing_editor(self.connection, migration.atomic) as editor:
                    run().unapply(before.clone(), editor, collect_sql=True)
            except Exception as error:
                recording.errors.append(
                    f"cannot go back from the end: {described(error)}"
                )
                continue
            if can_undo(self.connection):
                continue
            executed = lines(editor.collected_sql)
            # One operation prints what it executes.
            counts = has_many(migration.operations) and same_keys(then, now, executed)
            if "backwards" in recording.unprintable or counts:
                self.executed_backwards(recording, executed)

    def check(self):
        """The system checks of the models at the end, for cases of our own."""
        from django.core.checks import ERROR

        # That a state holds sets where models have tuples is Django's own doing.
        of_states = {"models.E008", "models.E010"}
        faults = []
        for model in self.state.apps.get_models(include_auto_created=False):
            for fault in model.check(databases=["default"]):
                if fault.level >= ERROR and fault.id not in of_states:
                    faults.append(f"{fault.id}: {fault.obj}: {fault.msg}")
        return faults


def has_many(operations):
    """Whether several operations change the database."""
    nested = [getattr(it, "database_operations", None) for it in operations]
    return len(operations) > 1 or any(map(has_many, filter(None, nested)))


def same_keys(then, now, statements):
    """Whether the tables of some statements have the indexes that they had then."""
    named = {name for line in statements for name in re.findall(r"`([^`]+)`", line)}
    return all(then.get(name) == now.get(name) for name in named)


def sqlmigrate(connection, migration):
    """What `sqlmigrate` collects for one migration, from a state of its own."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection, replace_migrations=False)
    node = loader.graph.nodes[migration.app_label, migration.name]
    return lines(loader.collect_sql([(node, False)]))


def report(text):
    print(text, file=sys.stderr)
