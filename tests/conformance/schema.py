"""Compares the schemas that two ways of migrating an empty database lead to.

    python schema.py --database D --from migrate --from ours.jsonl [PROJECT SETTINGS_MODULE]
    python schema.py --database D --from django.jsonl --from ours.jsonl --backwards

A way is `migrate` (Django's command), a recording (`*.jsonl`, of the shape that
`sql.py` and `whimbrel sql --format json` print), or a script (`*.sql`). Each runs on a
database of its own, in a process of its own. The schemas (`pg_dump --schema-only`,
or `sqlite_master`) are compared, and the difference is printed; the exit code is 1
where there is one. With one way only, its schema is printed.

`--backwards` goes on to run the backwards statements of the recordings, last
migration first, and compares what is left. Irreversible migrations are passed over
and named on standard error, as are statements that fail.
`--output DIR` keeps the schemas as files.
"""

import argparse
import difflib
import json
import multiprocessing
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from django_sql import collect, projects, schemas


def arguments():
    parser = argparse.ArgumentParser(description="Schemas of two ways of migrating.")
    parser.add_argument("--from", dest="ways", action="append", required=True)
    parser.add_argument("--backwards", action="store_true")
    parser.add_argument("--output", type=pathlib.Path)
    projects.add_arguments(parser)
    options = parser.parse_args()
    recordings = all(way.endswith(".jsonl") for way in options.ways)
    if options.backwards and not recordings:
        parser.error("--backwards needs recordings")
    if len(options.ways) > 2:
        parser.error("two ways at most")
    return options


def recorded(path):
    lines = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def reached(options, way, answer):
    """Sends the schemas that a way leads to: after it, and after going back."""
    with projects.loaded(options) as connection:
        database = schemas.of(connection)
        migrations = []
        if way == "migrate":
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
        elif way.endswith(".sql"):
            failed = database.run(pathlib.Path(way).read_text(encoding="utf-8"))
            report(way, failed)
        else:
            migrations = recorded(way)
            for migration in migrations:
                run(database, way, migration, "forwards")
        found = [database.dump()]
        if options.backwards:
            for migration in reversed(migrations):
                run(database, way, migration, "backwards")
            found.append(database.dump())
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


def main():
    options = arguments()
    found = [alone(options, way) for way in options.ways]
    stages = ["forwards", "backwards"][: len(found[0])]
    different = False
    for stage, dumps in zip(stages, zip(*found, strict=True), strict=True):
        for number, dump in enumerate(dumps, 1):
            if options.output:
                options.output.mkdir(parents=True, exist_ok=True)
                file = options.output / f"{options.database}-{number}-{stage}.sql"
                file.write_text(dump, encoding="utf-8")
        if len(dumps) == 1:
            print(dumps[0], end="")
            continue
        difference = list(
            difflib.unified_diff(
                *(dump.splitlines() for dump in dumps), *options.ways, lineterm=""
            )
        )
        different |= bool(difference)
        print(*difference, sep="\n", end="\n" if difference else "")
        verdict = "different" if difference else "the same"
        size = len(dumps[0].splitlines())
        collect.report(f"{options.database}, {stage}: {verdict} ({size} lines)")
    sys.exit(different)


if __name__ == "__main__":
    main()
