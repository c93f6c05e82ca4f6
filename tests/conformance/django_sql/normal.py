"""Schemas in a form in which the same tables, made in another order, look the same.

A table that migrations have changed differs from one that is made at once in two ways
that nothing can avoid: its columns stand in the order in which they were added, and
names that Django or the server generate tell of the names that the table and columns
had at that time. So columns are sorted here, and every name of a constraint, index or
sequence that is not written in a model's state becomes `*`. All else counts.
"""

import re

NAME = r'(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|[\w$]+)'
# Where a constraint, an index or a sequence is named.
NAMING = re.compile(
    rf"(\bCONSTRAINT |\bINDEX |(?<!PRIMARY )(?<!FOREIGN )\bKEY |\bSEQUENCE NAME (?:{NAME}\.)?)"
    rf"({NAME})",
    re.IGNORECASE,
)


def written_names(state):
    """The names of indexes and constraints that the models of a state have."""
    names = set()
    for model in state.models.values():
        for option in ("indexes", "constraints"):
            names.update(member.name for member in model.options.get(option, ()))
    return names


def of(vendor, dump, names):
    """The statements of a dump, each in its normal form, sorted."""
    known = {name[:63] for name in names} if vendor == "postgresql" else names
    found = []
    for statement in statements(dump):
        found.append(normal(" ".join(statement.split()), known))
    return "\n".join(sorted(found)) + "\n"


def statements(dump):
    """Statements end where a line does."""
    text = "\n".join(
        line for line in dump.splitlines() if not line.startswith("-- ")
    )
    return [it for it in re.split(r";\n", text + "\n") if it.strip()]


def normal(statement, known):
    def name(match):
        bare = match[2].strip('"`')
        return match[1] + (f'"{bare}"' if bare in known else "*")

    statement = NAMING.sub(name, statement)
    match = re.match(rf"CREATE TABLE ((?:{NAME}\.)?{NAME}) \(", statement, re.IGNORECASE)
    if not match:
        return statement
    head, rest = statement[: match.end()], statement[match.end() :]
    end = closing(rest)
    members = sorted(member.strip() for member in split(rest[:end]))
    return "\n".join([head + rest[end:], *(f"{match[1]}: {it}" for it in members)])


def split(text):
    """The parts between commas that stand in no parentheses and in no quotes."""
    parts, start = [], 0
    for at, character, depth in outside(text):
        if character == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def closing(text):
    """Where the parenthesis closes that was open before a text."""
    return next(at for at, it, depth in outside(text) if it == ")" and depth < 0)


def outside(text):
    depth, quote = 0, None
    for at, character in enumerate(text):
        if quote:
            quote = None if character == quote else quote
            continue
        if character in "'\"`":
            quote = character
        depth += {"(": 1, ")": -1}.get(character, 0)
        yield at, character, depth
