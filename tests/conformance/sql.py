"""Prints the SQL of all migrations of a project, as Django makes it.

    python sql.py --database DATABASE [PROJECT_DIR SETTINGS_MODULE]
    python sql.py --database postgresql fixtures/sql/CASE

One JSON object a line, in the order of Django's full plan for an empty database:

    {"app", "name", "dialect", "atomic", "forwards": [LINE], "backwards": [LINE]|null,
     "placeholders": [{"model", "field", "function", "value"}]}

The lines are those of `sqlmigrate`, without its `BEGIN;` and `COMMIT;`, for the state
that `migrate` has at that point of its plan. `sqlmigrate` on its own makes the models
in another order, which shows in the order of columns where SQLite makes a table anew;
`--as-sqlmigrate` names the migrations for which it does. `backwards`
is null for an irreversible migration.
`placeholders` are the defaults that only Python can compute, with the value that the
lines hold; it is 1 where the function asks for data that `RunPython` would have made.
Three keys are there only where needed:

- `executed_forwards`, `executed_backwards`: the lines that Django executes, where
  they differ from those that `sqlmigrate` prints. The latter are then wrong: printing
  asks the database about what earlier operations of the same migration make.
- `errors`: what Django could not do. Where it could not print, `forwards` holds what
  it executed, or is null when that failed as well.

`timezone.now`, `uuid4` and the like are fixed, see `django_sql/defaults.py`.
Migrations that Django cannot print or apply, the number of migrations and the
time that Django took are reported on standard error. With `--anew` that is what its
commands take; else a migration's states are made once for all of its runs.
"""

import argparse
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from django_sql import collect, projects


def arguments():
    parser = argparse.ArgumentParser(description="The SQL of a project, by Django.")
    parser.add_argument(
        "--as-sqlmigrate",
        action="store_true",
        help="also print each migration from a state of its own, compare and time it",
    )
    parser.add_argument(
        "--anew",
        action="store_true",
        help="make the states of a migration anew for each run, for the time it takes",
    )
    projects.add_arguments(parser)
    return parser.parse_args()


def main():
    options = arguments()
    with projects.loaded(options) as connection:
        record(options, connection)


def record(options, connection):
    collector = collect.Collector(connection, options.database, anew=options.anew)
    as_sqlmigrate = AsSqlmigrate(connection) if options.as_sqlmigrate else None
    if as_sqlmigrate:
        as_sqlmigrate.watch(collector)
    # Where a transaction does not undo a trial, what is executed backwards is known at
    # the end.
    is_known = collect.can_undo(connection)
    for recording in collector.forwards():
        if is_known:
            write(recording)
    if not is_known:
        collector.backwards()
        for recording in collector.recordings:
            write(recording)
    summarize(collector)
    if as_sqlmigrate:
        as_sqlmigrate.summarize(collector)


class AsSqlmigrate:
    """Prints each migration as `sqlmigrate` does: from the files, for itself alone.

    Its state holds only what the migration depends on, and is made anew each time.
    """

    def __init__(self, connection):
        self.connection = connection
        self.seconds = 0.0
        self.printed = {}

    def watch(self, collector):
        of_collector = collector.print_forwards

        def print_forwards(migration, before, recording):
            started = time.perf_counter()
            key = migration.app_label, migration.name
            try:
                self.printed[key] = collect.sqlmigrate(self.connection, migration)
            except Exception as error:
                self.printed[key] = collect.described(error)
            self.seconds += time.perf_counter() - started
            return of_collector(migration, before, recording)

        collector.print_forwards = print_forwards

    def summarize(self, collector):
        for recording in collector.recordings:
            alone = self.printed[recording.app, recording.name]
            if isinstance(alone, str):
                collect.report(f"{recording.app}.{recording.name}: sqlmigrate: {alone}")
            elif alone != recording.forwards:
                collect.report(
                    f"{recording.app}.{recording.name}: alone, sqlmigrate prints otherwise"
                )
        collect.report(f"sqlmigrate for each migration: {self.seconds:.1f} s")


def write(recording):
    print(json.dumps(recording.as_json(), ensure_ascii=False))


def summarize(collector):
    for recording in collector.recordings:
        name = f"{recording.app}.{recording.name}"
        for error in recording.errors:
            collect.report(f"{name}: {error}")
        for part in ("forwards", "backwards"):
            if getattr(recording, f"executed_{part}") is not None:
                collect.report(f"{name}: {part}: executed is not what is printed")
    irreversible = sum(recording.irreversible() for recording in collector.recordings)
    timings = collector.timings
    collect.report(
        f"{len(collector.recordings)} migrations, {irreversible} irreversible; printing took"
        f" {timings.printing_forwards:.2f} s forwards,"
        f" {timings.printing_backwards:.2f} s backwards; applying {timings.executing:.2f} s"
    )


if __name__ == "__main__":
    main()
