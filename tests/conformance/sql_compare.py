"""Compares whimbrel's SQL of a project with what Django made of it.

    python sql.py --database postgresql PROJECT SETTINGS > django.jsonl
    whimbrel sql --all --dialect postgresql --format json > ours.jsonl
    python sql_compare.py django.jsonl ours.jsonl

For each migration and direction that differs, the lines that do; then the figures. A
placeholder stands for any value, and so do moments: Django's clock stands still while
it is recorded. What Django really executes counts, where that differs from what
`sqlmigrate` prints.
"""

import json
import pathlib
import re
import sys

MOMENT = re.compile(
    r"'\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+00:00)?'(::timestamptz|::timestamp)?"
)
DAY = re.compile(r"'\d{4}-\d\d-\d\d'(::date)?")
UUID = re.compile(r"'[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}'(::uuid)?")
PLACEHOLDER = re.compile(r"\{\{ default of .*? \}\}")


def read(file):
    lines = pathlib.Path(file).read_text().splitlines()
    return [json.loads(line) for line in lines]


def computed(line):
    return UUID.sub("<uuid>", DAY.sub("<day>", MOMENT.sub("<moment>", line)))


def equal(theirs, ours):
    theirs, ours = computed(theirs), computed(ours)
    if theirs == ours:
        return True
    if not PLACEHOLDER.search(ours):
        return False
    pattern = ".*".join(re.escape(part) for part in PLACEHOLDER.split(ours))
    return re.fullmatch(pattern, theirs, re.DOTALL) is not None


def same(theirs, ours):
    if theirs is None or ours is None:
        return theirs is ours
    return len(theirs) == len(ours) and all(map(equal, theirs, ours))


def show(theirs, ours):
    if theirs is None or ours is None:
        print("  irreversible for", "Django" if theirs is None else "whimbrel")
        return
    start = 0
    while start < min(len(theirs), len(ours)) and equal(theirs[start], ours[start]):
        start += 1
    end = 0
    while end < min(len(theirs), len(ours)) - start and equal(
        theirs[-1 - end], ours[-1 - end]
    ):
        end += 1
    for sign, lines in (("-", theirs), ("+", ours)):
        for line in lines[start : len(lines) - end]:
            print(f"  {sign} {line}")


def main():
    theirs, ours = map(read, sys.argv[1:3])
    by_name = {(it["app"], it["name"]): it for it in ours}
    figures = {}
    for it in theirs:
        own = by_name.get((it["app"], it["name"]))
        of_app = figures.setdefault(it["app"], [0, 0, 0])
        of_app[0] += 1
        for direction in ("forwards", "backwards"):
            expected = it.get(f"executed_{direction}", it[direction])
            if own is not None and same(expected, own[direction]):
                of_app[1] += 1
                of_app[2] += len(expected or [])
                continue
            print(f"{it['app']}.{it['name']} {direction}:")
            if own is None:
                print("  not planned")
            else:
                show(expected, own[direction])
    for app, (migrations, directions, lines) in sorted(figures.items()):
        told = f"{directions} of {2 * migrations} directions equal, {lines} lines"
        print(f"{app}: {migrations} migrations, {told}")
    total = [sum(column) for column in zip(*figures.values())]
    print(
        f"{total[0]} migrations, {total[1]} of {2 * total[0]} directions equal,"
        f" {total[2]} lines"
    )


if __name__ == "__main__":
    main()
