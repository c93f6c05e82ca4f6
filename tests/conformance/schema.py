"""Compares the schemas that several ways of migrating an empty database lead to.

    python schema.py --database D --from migrate --from ours.jsonl [PROJECT SETTINGS_MODULE]
    python schema.py --database D --from apply --from django.jsonl --from ours.jsonl \
        --backwards --show-python

A way is `migrate` (Django's command), `apply` (the same without `RunPython`, which may
change the schema as well), a recording (`*.jsonl`, of the shape that
`sql.py` and `whimbrel sql --format json` print), or a script (`*.sql`). Each runs on a
database of its own, in a process of its own. The schemas (`pg_dump --schema-only`,
`sqlite_master`, or `SHOW CREATE TABLE` and `information_schema`) are compared with that
of the first way, and the differences are printed; the exit code is 1 where there is one.
With one way only, its schema is printed.

`--backwards` goes on to run the backwards statements of the recordings, last
migration first, and compares what is left. Irreversible migrations are passed over
and named on standard error, as are statements that fail.
`--normal` compares what does not depend on the order in which columns were added, see
`django_sql/normal.py`.
`--show-python` runs `migrate` as well, and prints what `RunPython` does to the schema:
how `migrate` differs from the first way. That is no fault.
`--output DIR` keeps the schemas as files.
"""

import argparse
import difflib
import json
import multiprocessing
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from django_sql import collect, normal, projects, schemas


def arguments():
    parser = argparse.ArgumentParser(description="Schemas of ways of migrating.")
    parser.add_argument("--from", dest="ways", action="append", required=True)
    parser.add_argument("--backwards", action="store_true")
    parser.add_argument("--normal", action="store_true")
    parser.add_argument("--show-python", action="store_true")
    parser.add_argument("--output", type=pathlib.Path)
    projects.add_arguments(parser)
    options = parser.parse_args()
    if options.backwards and not any(map(is_recording, options.ways)):
        parser.error("--backwards needs recordings")
    return options


def is_recording(way):
    return way.endswith(".jsonl")


def recorded(path):
    lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def reached(options, way, answer):
    """Sends the schemas that a way leads to: after it, and after going back."""
    with projects.loaded(options, fixed=way != "migrate") as connection:
        from django.db.migrations.loader import MigrationLoader

        database = schemas.of(connection)
        migrations = []
        if way == "migrate":
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
        elif way == "apply":
            for error in collect.Collector(connection, options.database).apply_all():
                collect.report(error)
        elif way.endswith(".sql"):
            failed = database.run(pathlib.Path(way).read_text(encoding="utf-8"))
            report(way, failed)
        else:
            migrations = recorded(way)
            for migration in migrations:
                run(database, way, migration, "forwards")
        found = [database.dump()]
        if options.backwards and migrations:
            for migration in reversed(migrations):
                run(database, way, migration, "backwards")
            found.append(database.dump())
        if options.normal:
            names = normal.written_names(MigrationLoader(None).project_state())
            found = [normal.of(connection.vendor, dump, names) for dump in found]
        answer.send(found)


def run(database, way, migration, direction):
    name = f"{way}: {migration['app']}.{migration['name']} {direction}"
    lines = migration.get(f"executed_{direction}", migration[direction])
    if lines is None:
        collect.report(f"{name}: irreversible, passed over")
        return
    if migration["atomic"]:
        lines = ["BEGIN;", *lines, "COMMIT;"]
    report(name, database.run("\n".join(lines) + "\n"))


def report(name, failed):
    if failed:
        collect.report(f"{name}: {failed}")


def alone(options, way):
    """Django can be loaded once in a process."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(
        target=reached, args=(options, way, sender)
    )
    child.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        sys.exit(f"{way}: failed")
    finally:
        child.join()


def difference(ways, dumps):
    lines = [dump.splitlines() for dump in dumps]
    return list(difflib.unified_diff(*lines, *ways, lineterm=""))


def compare(options, stage, found):
    """Whether the dumps of a stage, by way, differ from the first."""
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        for number, dump in enumerate(found.values(), 1):
            file = options.output / f"{options.database}-{number}-{stage}.sql"
            file.write_text(dump, encoding="utf-8")
    (reference, expected), *others = found.items()
    if not others:
        print(expected, end="")
    different = False
    for way, dump in others:
        lines = difference((reference, way), (expected, dump))
        different |= bool(lines)
        print(*lines, sep="\n", end="\n" if lines else "")
        verdict = "differ" if lines else "are the same"
        collect.report(
            f"{options.database}, {stage}: {name(reference)} and {name(way)} {verdict}"
            f" ({len(expected.splitlines())} lines)"
        )
    return different


def name(way):
    return pathlib.Path(way).name


def show_python(options, reference, dump):
    [with_python] = alone(options, "migrate")
    for line in difference((reference, "migrate"), (dump, with_python)):
        collect.report(f"{options.database}, RunPython: {line}")


def main():
    options = arguments()
    found = {way: alone(options, way) for way in options.ways}
    forwards = {way: dumps[0] for way, dumps in found.items()}
    backwards = {way: dumps[1] for way, dumps in found.items() if len(dumps) > 1}
    different = compare(options, "forwards", forwards)
    if backwards:
        different |= compare(options, "backwards", backwards)
    if options.show_python:
        show_python(options, *next(iter(forwards.items())))
    sys.exit(different)


if __name__ == "__main__":
    main()
