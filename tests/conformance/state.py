"""Prints, as JSON, Django's project state after every migration of the full plan.

This is the oracle for `src/schema`: whimbrel replays the same migrations without
running them and must arrive at the same models.

    python state.py PROJECT_DIR SETTINGS_MODULE [RENDER_EVERY [run]]

One step a migration, in the order of the plan:

    {"app", "migration", "error", "models": {"app.model": MODEL or null},
     "rendered": {"app.model": RENDERED}}

`models` holds what differs from the step before; `null` is a model that is gone. A
MODEL is {"app", "name", "fields": [[name, FIELD]], "options", "bases", "managers"} in
the words of `operations.py`. RENDERED is what `Options` and fields say of a model,
at every RENDER_EVERYth step and the last; those of which nothing has changed since
the last time are left out. With `run`, each migration is also run on the settings'
database. A step that Django refuses names the exception and is the last one; where Django cannot load the
migrations at all, it names no migration.
"""

import json
import os
import sys

from operations import kind_of, manager_of, plain


def model_of(state):
    options = {key: plain(value) for key, value in sorted(state.options.items())}
    return {
        "app": state.app_label,
        "name": state.name,
        "fields": [[name, plain(field)] for name, field in state.fields.items()],
        "options": options,
        "bases": [plain(base) for base in state.bases],
        "managers": [[name, manager_of(manager)] for name, manager in state.managers],
    }


def typed_by(field):
    """The field at the end of a chain of foreign keys."""
    from django.db.models import ForeignKey

    while isinstance(field, ForeignKey):
        field = field.target_field
    return f"{field.model._meta.label_lower}.{field.name}"


def column_of(field):
    from django.db.models import ForeignKey

    told = {"name": field.name, "column": field.column, "kind": kind_of(field)}
    if isinstance(field, ForeignKey):
        target = field.target_field
        told["target"] = f"{target.model._meta.label_lower}.{target.name}"
        told["typed_by"] = typed_by(field)
    return told


def many_of(field):
    from django.db.models import ManyToManyField

    through = field.remote_field.through
    if not isinstance(field, ManyToManyField):
        return {"name": field.name}
    return {
        "name": field.name,
        "through": through._meta.label_lower,
        "auto_created": bool(through._meta.auto_created),
        "table": through._meta.db_table,
        "managed": through._meta.managed,
        "from": field.m2m_column_name(),
        "to": field.m2m_reverse_name(),
        "columns": [each.column for each in through._meta.local_fields],
    }


def rendered_of(model):
    opts = model._meta
    swapped = opts.swapped
    return {
        "table": opts.db_table,
        "pk": opts.pk.name,
        "managed": opts.managed,
        "proxy": opts.proxy,
        "swapped": swapped.lower() if swapped else None,
        "concrete": opts.concrete_model._meta.label_lower,
        "parents": {
            parent._meta.label_lower: field.name if field else None
            for parent, field in opts.parents.items()
        },
        "fields": [] if swapped else [column_of(field) for field in opts.local_fields],
        "many_to_many": [] if swapped else [many_of(field) for field in opts.local_many_to_many],
    }


def changes(told, before):
    """What differs, and the whole for the next time."""
    texts = {key: json.dumps(value, sort_keys=True) for key, value in told.items()}
    found = {key: told[key] for key, text in texts.items() if before.get(key) != text}
    found.update({key: None for key in before if key not in texts})
    return found, texts


def steps(every, on_database):
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.state import ProjectState

    try:
        executor = MigrationExecutor(connection)
    except Exception as error:
        yield {"app": None, "migration": None, "error": type(error).__name__}
        return
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    state = ProjectState(real_apps=executor.loader.unmigrated_apps)
    database = ProjectState(real_apps=executor.loader.unmigrated_apps)
    # `MigrationExecutor` renders what is there before it begins.
    database.apps
    models, rendered = {}, {}
    for at, (migration, _) in enumerate(plan):
        step = {"app": migration.app_label, "migration": migration.name, "error": None}
        yield step
        try:
            migration.mutate_state(state, preserve=False)
        except Exception as error:
            step["error"] = type(error).__name__
            return
        told = {".".join(key): model_of(model) for key, model in state.models.items()}
        step["models"], models = changes(told, models)
        if on_database:
            try:
                with connection.schema_editor(atomic=migration.atomic) as editor:
                    database = migration.apply(database, editor)
            except Exception as error:
                step["error"] = type(error).__name__
                return
        if at + 1 == len(plan) or (every and at % every == 0):
            try:
                apps = state.clone().apps
                told = {
                    model._meta.label_lower: rendered_of(model)
                    for model in apps.get_models(include_swapped=True)
                    if (model._meta.app_label, model._meta.model_name) in state.models
                }
            except Exception as error:
                step["error"] = type(error).__name__
                return
            step["rendered"], rendered = changes(told, rendered)


def main(project, settings, every="50", on_database=""):
    sys.path.insert(0, os.path.abspath(project))
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django

    django.setup()
    told = {"version": 1, "django": django.__version__, "steps": list(steps(int(every), on_database))}
    json.dump(told, sys.stdout, indent=1 if on_database else None)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ("project", "parity.settings")))
