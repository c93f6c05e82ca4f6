"""Prints, as JSON, what every migration of a project holds once Django has run it.

This is the oracle for static evaluation: whimbrel reads the same files without
running them and must arrive at the same operations. Everything on disk is
listed, replaced migrations too, sorted by app and name.

    python operations.py PROJECT_DIR SETTINGS_MODULE [FOLDER]

With a folder, migrations come from `FOLDER/APP/NAME.py` instead, where that exists.

Shape of one migration:

    {"app", "migration", "file", "initial", "atomic", "dependencies",
     "run_before", "replaces", "operations": [OPERATION]}

An OPERATION is {"class", "module", "args", "kwargs", "elidable", "extends"}: from
its `deconstruct()`, with the class of Django that it is or extends.
Values are plain JSON where they can be; anything else is an object with one key
that starts with `$`: `$field`, `$operation`, `$call` (an object with
`deconstruct()`), `$setting`, `$lazy` (translated text), `$tuple`, `$set`,
`$dict` (pairs, for keys that are not text), `$bytes`, `$function`, `$class`,
`$enum`, `$number` (of no JSON form) and, for all the rest, `$type`.

A `$field` also says which field class of Django it is or extends (`kind`; the name
that an own `get_internal_type` gives goes first) and what its constructor made of
its options (`effective`). Indexes, constraints and fields tell the expressions that
they hold as trees (`typed`), one list a node: its name, then its parts.
"""

import decimal
import enum
import functools
import importlib.util
import inspect
import json
import math
import os
import sys
import types


def qualified(thing):
    return f"{thing.__module__}.{thing.__qualname__}"


def called(path, args, kwargs):
    return {
        "path": path,
        "args": [plain(value) for value in args],
        "kwargs": {key: plain(value) for key, value in sorted(kwargs.items())},
    }


def of_django(cls):
    return cls.__module__.split(".")[0] == "django"


def operation_of(operation):
    name, args, kwargs = operation.deconstruct()
    extends = next(cls.__name__ for cls in type(operation).__mro__ if of_django(cls))
    if extends.endswith("Extension"):
        args, kwargs = [], {"name": operation.name}
    return {
        "class": type(operation).__name__,
        "module": type(operation).__module__,
        "extends": extends,
        "args": [plain(value) for value in args],
        "kwargs": {key: plain(value) for key, value in sorted(kwargs.items())},
        "elidable": operation.elidable,
    }


EFFECTIVE = (
    "primary_key max_length unique null db_index db_column db_tablespace db_comment"
    " max_digits decimal_places db_collation db_persist size srid dim geography"
    " spatial_index auto_now auto_now_add blank editable"
).split()


def kind_of(field):
    for cls in type(field).__mro__:
        if of_django(cls):
            return cls.__name__
        if "get_internal_type" in vars(cls):
            return field.get_internal_type()
    return None


def effective_of(field):
    options = {}
    for name in EFFECTIVE:
        # Privately where the public name is a property with a fallback.
        value = vars(field).get(f"_{name}", getattr(field, name, None))
        options[name] = plain(value)
    if field.remote_field:
        options["db_constraint"] = plain(getattr(field, "db_constraint", getattr(field.remote_field, "db_constraint", None)))
    return options


def field_of(field):
    name, path, args, kwargs = field.deconstruct()
    return {
        "class": qualified(type(field)),
        "kind": kind_of(field),
        "effective": effective_of(field),
        "typed": typed_of(field),
        **called(path, args, kwargs),
    }


def tree_of(value):
    """An expression after Django has built it, so that spelling no longer shows."""
    from django.contrib.postgres.indexes import OpClass
    from django.db.models import expressions, functions, lookups, query_utils

    def trees(values):
        return [tree_of(each) for each in values]

    def field(expression):
        stated = vars(expression).get("output_field")
        for cls in type(expression).__mro__:
            if not of_django(cls):
                stated = stated or vars(cls).get("output_field")
        return None if stated is None else type(stated).__name__

    if isinstance(value, query_utils.Q):
        children = [
            ["lookup", child[0], tree_of(child[1])] if isinstance(child, tuple) else tree_of(child)
            for child in value.children
        ]
        return ["Q", value.connector, value.negated, *children]
    if type(value) is expressions.F:
        return ["F", value.name]
    if isinstance(value, expressions.Value):
        return ["Value", plain(value.value), field(value)]
    if isinstance(value, expressions.CombinedExpression):
        return ["Combined", value.connector, tree_of(value.lhs), tree_of(value.rhs)]
    if isinstance(value, expressions.NegatedExpression):
        return ["Not", tree_of(value.expression)]
    if isinstance(value, expressions.ExpressionWrapper):
        return ["Wrapper", field(value), tree_of(value.expression)]
    if isinstance(value, expressions.OrderBy):
        nulls = [bool(value.nulls_first), bool(value.nulls_last)]
        return ["OrderBy", value.descending, *nulls, tree_of(value.expression)]
    if isinstance(value, expressions.When):
        return ["When", tree_of(value.condition), tree_of(value.result)]
    if isinstance(value, expressions.Case):
        return ["Case", field(value), *trees(value.cases), tree_of(value.default)]
    if isinstance(value, expressions.RawSQL):
        return ["RawSQL", value.sql, plain(list(value.params))]
    if isinstance(value, OpClass):
        return ["OpClass", value.extra["name"], *trees(value.source_expressions)]
    if isinstance(value, functions.Cast):
        return ["Cast", field(value), *trees(value.source_expressions)]
    if isinstance(value, functions.Collate):
        return ["Collate", value.collation, *trees(value.source_expressions)]
    if isinstance(value, lookups.Lookup):
        return ["Comparison", value.lookup_name, tree_of(value.lhs), tree_of(value.rhs)]
    if isinstance(value, functions.Concat):
        pair, parts = value.source_expressions[0], []
        while isinstance(pair, functions.ConcatPair):
            first, pair = pair.source_expressions
            parts.append(first)
        return ["Function", "Concat", field(value), *trees([*parts, pair])]
    if isinstance(value, expressions.Func):
        of = next(cls.__name__ for cls in type(value).__mro__ if of_django(cls))
        return ["Function", of, field(value), *trees(value.source_expressions)]
    if hasattr(value, "resolve_expression"):
        return ["Opaque", type(value).__name__]
    if isinstance(value, (list, tuple)) and any(hasattr(each, "resolve_expression") for each in value):
        return ["List", *trees(value)]
    return ["Value", plain(value), None]


def typed_of(holder):
    """The expressions of an index, a constraint or a field, by name."""
    from django.db.models import NOT_PROVIDED, F, GeneratedField

    typed = {}
    expressions = getattr(holder, "expressions", None)
    if expressions and all(isinstance(each, (list, tuple)) for each in expressions):
        pairs = [(F(each) if isinstance(each, str) else each, operator) for each, operator in expressions]
        typed["expressions"] = [tree_of(each) for each, _ in pairs]
        typed["operators"] = [str(operator) for _, operator in pairs]
    elif expressions:
        typed["expressions"] = [tree_of(each) for each in expressions]
    if getattr(holder, "condition", None) is not None:
        typed["condition"] = tree_of(holder.condition)
    if isinstance(holder, GeneratedField):
        typed["generated"] = tree_of(holder.expression)
    if getattr(holder, "db_default", NOT_PROVIDED) is not NOT_PROVIDED:
        typed["db_default"] = tree_of(holder.db_default)
    return typed


def manager_of(manager):
    made_from_queryset, path, queryset, args, kwargs = manager.deconstruct()
    if made_from_queryset:
        path = f"{queryset}.as_manager"
    return {"$call": called(path, args or (), kwargs or {})}


def plain(value):
    from django.conf import SettingsReference
    from django.db.migrations.operations.base import Operation
    from django.db.models import BaseConstraint, Field, Index
    from django.db.models.manager import BaseManager
    from django.utils.functional import Promise

    if isinstance(value, SettingsReference):
        return {"$setting": [value.setting_name, str(value)]}
    if isinstance(value, Promise):
        return {"$lazy": str(value)}
    if isinstance(value, enum.Enum):
        return {"$enum": [qualified(type(value)), value.name, plain(value.value)]}
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"$number": repr(value)}
    if isinstance(value, (complex, decimal.Decimal)):
        return {"$number": repr(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$bytes": bytes(value).hex()}
    if type(value) is list:
        return [plain(item) for item in value]
    if isinstance(value, tuple):
        return {"$tuple": [plain(item) for item in value]}
    if isinstance(value, (set, frozenset)):
        items = [plain(item) for item in value]
        return {"$set": sorted(items, key=lambda item: json.dumps(item, sort_keys=True))}
    if isinstance(value, dict):
        if all(type(key) is str for key in value):
            return {key: plain(item) for key, item in sorted(value.items())}
        return {"$dict": [[plain(key), plain(item)] for key, item in value.items()]}
    if isinstance(value, Operation):
        return {"$operation": operation_of(value)}
    if isinstance(value, Field):
        return {"$field": field_of(value)}
    if isinstance(value, BaseManager):
        return manager_of(value)
    if isinstance(value, type):
        return {"$class": qualified(value)}
    if isinstance(value, functools.partial):
        return {"$call": called("functools.partial", (value.func, *value.args), value.keywords)}
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return {"$function": qualified(inspect.unwrap(value))}
    if hasattr(value, "deconstruct"):
        parts = value.deconstruct()
        call = called(*parts[-3:])
        if isinstance(value, (Index, BaseConstraint)):
            call["typed"] = typed_of(value)
        return {"$call": call}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    return {"$type": qualified(type(value))}


def dependency(pair):
    setting = getattr(pair, "setting", None)
    return {"on": list(pair), "setting": setting} if setting else {"on": list(pair)}


def migration_of(migration, project):
    site = os.path.dirname(os.path.dirname(sys.modules["django"].__file__))
    file = sys.modules[type(migration).__module__].__file__
    for root in (site, os.path.abspath(project)):
        if file.startswith(root + os.sep):
            file = os.path.relpath(file, root)
    return {
        "app": migration.app_label,
        "migration": migration.name,
        "file": file,
        "initial": migration.initial,
        "atomic": migration.atomic,
        "dependencies": [dependency(pair) for pair in migration.dependencies],
        "run_before": [list(pair) for pair in migration.run_before],
        "replaces": [list(pair) for pair in migration.replaces],
        "operations": [operation_of(operation) for operation in migration.operations],
    }


def instead(migration, folder):
    """The migration of the folder's file, or the one given if there is none."""
    file = os.path.join(folder, migration.app_label, f"{migration.name}.py")
    if not os.path.exists(file):
        return migration
    name = f"instead_{migration.app_label}_{migration.name}"
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.Migration(migration.name, migration.app_label)


def main(project, settings, folder=None):
    sys.path.insert(0, os.path.abspath(project))
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django

    django.setup()
    from django.db.migrations.loader import MigrationLoader

    # The files alone: whether their dependencies exist is another matter.
    loader = MigrationLoader(None, load=False, ignore_no_migrations=True)
    loader.load_disk()
    on_disk = [each for _, each in sorted(loader.disk_migrations.items())]
    if folder:
        on_disk = [instead(each, folder) for each in on_disk]
    migrations = [migration_of(each, project) for each in on_disk]
    json.dump({"version": 1, "django": django.__version__, "migrations": migrations}, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ("project", "parity.settings")))
