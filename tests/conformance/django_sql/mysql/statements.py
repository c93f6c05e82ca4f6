"""What MariaDB executes in place of MySQL's statements.

The two differ where Django's schema editor shows it:

- MySQL makes a constraint of the table of a column's check and calls it
  `<table>_chk_<n>`; it stays when the column is modified. MariaDB's belongs to the
  column and goes.
- MySQL drops checks by `DROP CHECK`.
- MySQL's `json` is a type, MariaDB's a text with a check.
- MySQL has a parser `ngram` for full texts.
- MySQL has indexes on expressions. MariaDB does without them, and they are remembered.
- Functions, casts and defaults that MariaDB does not have: the column or constraint is
  made without its expression.

What MariaDB refuses even so is an error.
"""

import re

NAME = r"`((?:[^`]|``)+)`"
DEFINITION = re.compile(r"\s*(CREATE|ALTER|DROP|RENAME)\b", re.IGNORECASE)
CREATE_TABLE = re.compile(rf"CREATE TABLE {NAME} \((.*)\)\s*;?\s*$", re.DOTALL)
ALTER_TABLE = re.compile(rf"ALTER TABLE {NAME} (.*)$", re.DOTALL)
RENAME_TABLE = re.compile(rf"RENAME TABLE {NAME} TO {NAME}")
DROP_TABLE = re.compile(rf"DROP TABLE {NAME}")
CREATE_INDEX = re.compile(rf"CREATE (UNIQUE )?INDEX {NAME} ON {NAME} \((.*)\)\s*;?\s*$", re.DOTALL)
DROP_INDEX = re.compile(rf"DROP INDEX {NAME} ON {NAME}")
ALTER_DROP_INDEX = re.compile(rf"DROP INDEX {NAME}")
RENAME_INDEX = re.compile(rf"RENAME INDEX {NAME} TO {NAME}")
RENAME_COLUMN = re.compile(rf"RENAME COLUMN {NAME} TO {NAME}")
DROP_CHECK = re.compile(rf"DROP CHECK {NAME}")
GENERATED = re.compile(r"GENERATED ALWAYS AS \(")
CHECK = re.compile(r"CHECK \(")
# MySQL's parser of texts without blanks between words.
PARSER = re.compile(r"\s+WITH PARSER ngram")
JSON = re.compile(r"(`(?:[^`]|``)+`) json\b")

# What MariaDB says of an expression that it cannot have: syntax, functions that are
# none, that may not stand there, that have too many parameters, a value of a wrong kind.
REFUSED = {1064, 1067, 1111, 1128, 1146, 1166, 1221, 1267, 1292, 1304, 1305, 1366, 1582, 1583, 1901, 1904, 1907, 3105, 4161, 4162}


class Server:
    """What MySQL would know of its tables and MariaDB does not."""

    def __init__(self, error):
        self.error = error
        # By table, then by name: the columns, `None` for an expression, and uniqueness.
        self.indexes = {}
        # By table: names that MySQL chose for checks of columns, and the conditions.
        self.checks = {}

    @staticmethod
    def is_definition(query):
        return DEFINITION.match(query) is not None

    def execute(self, query, execute):
        query = PARSER.sub("", query)
        if made := DROP_TABLE.match(query):
            self.indexes.pop(made[1], None)
            self.checks.pop(made[1], None)
        elif made := RENAME_TABLE.match(query):
            return self.rename_table(made[1], made[2], query, execute)
        elif made := CREATE_INDEX.match(query):
            return self.create_index(made, query, execute)
        elif made := DROP_INDEX.match(query):
            if self.indexes.get(made[2], {}).pop(made[1], None):
                return None
        elif made := CREATE_TABLE.match(query):
            return self.create_table(made[1], made[2], execute)
        elif made := ALTER_TABLE.match(query):
            return self.alter_table(made[1], made[2], query, execute)
        return execute(query)

    def rename_table(self, old, new, query, execute):
        execute(query)
        if old in self.indexes:
            self.indexes[new] = self.indexes.pop(old)
        for name, check in self.checks.pop(old, {}).items():
            number = name.removeprefix(f"{old}_chk_")
            execute(f"ALTER TABLE `{new}` DROP CONSTRAINT `{name}`")
            self.add_check(new, f"{new}_chk_{number}", check, execute)

    def add_check(self, table, name, check, execute):
        self.checks.setdefault(table, {})[name] = check
        execute(f"ALTER TABLE `{table}` ADD CONSTRAINT `{name}` CHECK ({check})")

    def create_index(self, made, query, execute):
        unique, name, table, columns = made.groups()
        parts = split(columns)
        if not any(part.startswith("(") for part in parts):
            return execute(query)
        plain = [re.match(rf"{NAME}(?: (?:ASC|DESC))?$", part) for part in parts]
        columns = [column[1] if column else None for column in plain]
        orders = ["DESC" if part.endswith(" DESC") else "ASC" for part in parts]
        self.indexes.setdefault(table, {})[name] = (columns, orders, bool(unique))
        return None

    def create_table(self, table, body, execute):
        columns, checks = [], []
        for part in split(body):
            part, check = without_check(part)
            columns.append(part)
            if check:
                checks.append(check)
        execute_or_simplify(
            lambda parts: execute(f"CREATE TABLE `{table}` ({', '.join(parts)})"),
            columns,
            self.error,
        )
        for number, check in enumerate(checks, 1):
            self.add_check(table, f"{table}_chk_{number}", check, execute)

    def alter_table(self, table, body, query, execute):
        if made := DROP_CHECK.match(body):
            name = made[1]
            self.checks.get(table, {}).pop(name, None)
            return execute(f"ALTER TABLE `{table}` DROP CONSTRAINT `{name}`")
        if (made := ALTER_DROP_INDEX.match(body)) and self.indexes.get(table, {}).pop(made[1], None):
            return None
        if made := RENAME_INDEX.match(body):
            indexes = self.indexes.get(table, {})
            if made[1] in indexes:
                indexes[made[2]] = indexes.pop(made[1])
                return None
        if made := RENAME_COLUMN.match(body):
            for columns, *_ in self.indexes.get(table, {}).values():
                columns[:] = [made[2] if it == made[1] else it for it in columns]
            return execute(query)
        parts = split(body)
        # The column's own check, not one that is added by a name.
        added = [without_check(part) if part.startswith("ADD COLUMN ") else (part, None) for part in parts]
        execute_or_simplify(
            lambda parts: execute(f"ALTER TABLE `{table}` {', '.join(parts)}"),
            [part for part, _ in added],
            self.error,
        )
        for _, check in added:
            if check:
                self.add_check(table, self.next_check(table), check, execute)

    def next_check(self, table):
        start = f"{table}_chk_"
        numbers = [int(name.removeprefix(start)) for name in self.checks.get(table, ())]
        return f"{start}{max(numbers, default=0) + 1}"

    def constraints(self, table, found):
        """What MariaDB tells, with what it could not make."""
        for name, (columns, orders, unique) in self.indexes.get(table, {}).items():
            found[name] = {
                "columns": columns,
                "orders": orders,
                "primary_key": False,
                "unique": unique,
                "check": False,
                "foreign_key": None,
                "index": True,
                "type": "idx",
            }
            # The index that the server made for a foreign key goes with the first other.
            for key in found.values():
                if key["foreign_key"] and key["index"] and key["columns"] == columns[:1]:
                    key["index"] = False
        return found


def execute_or_simplify(execute, parts, error):
    """Executes; what MariaDB refuses is made again without expressions."""
    parts = [JSON.sub(r"\1 longtext", part) for part in parts]
    try:
        return execute(parts)
    except error as refused:
        cause = refused.args[0] if refused.args else None
        simple = [simplified(part) for part in parts]
        if cause not in REFUSED or simple == parts:
            raise
        return execute(simple)


def simplified(part):
    """A column or constraint without its expression."""
    if made := GENERATED.search(part):
        end = closing(part, made.end() - 1)
        rest = re.sub(r"^ (STORED|VIRTUAL)", "", part[end + 1 :])
        part = part[: made.start()] + "NULL" + rest
    if made := re.search(r"DEFAULT \(", part):
        end = closing(part, made.end() - 1)
        part = (part[: made.start()] + part[end + 1 :]).replace("  ", " ")
    if (made := CHECK.search(part)) and "CONSTRAINT" in part:
        end = closing(part, made.end() - 1)
        part = part[: made.start()] + "CHECK (1 = 1)" + part[end + 1 :]
    return part


def without_check(part):
    """A column's definition and the condition of its check."""
    if part.startswith("CONSTRAINT ") or not (made := CHECK.search(part)):
        return part, None
    end = closing(part, made.end() - 1)
    return (part[: made.start()].rstrip() + part[end + 1 :]), part[made.end() : end]


def closing(text, start):
    """Where the bracket at `start` closes; texts and names are passed over."""
    for at, depth in depths(text, start):
        if depth == 0:
            return at
    raise ValueError(text)


def split(text):
    """The parts between commas that are in no brackets and in no text."""
    parts, start = [], 0
    for at, depth in depths(text, 0):
        if text[at] == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]


def depths(text, start):
    """Each character outside of texts, with the depth of brackets behind it."""
    depth, at = 0, start
    while at < len(text):
        letter = text[at]
        if letter in "'\"`":
            at += 1
            while at < len(text) and text[at] != letter:
                at += 2 if text[at] == "\\" and letter != "`" else 1
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        yield at, depth
        at += 1
