"""Django goes through some sets while it makes SQL, in an order that is of no account.

That order differs from run to run. In recordings it is always that of the names, so
that the same migrations give the same lines: tables that SQLite makes anew since they
refer to a changed one, the members of `unique_together` and `index_together`, and the
names of JSON's constants on SQLite. Models that a state renders again keep their
places, so that they always come in the order in which they were made, as they do for
`sqlmigrate`, which renders a state once.
"""


class Sorted(set):
    """A set of models, or of plain values, that is gone through in order."""

    def __iter__(self):
        return iter(sorted(super().__iter__(), key=name))


def name(member):
    meta = getattr(member, "_meta", None)
    return meta.label_lower if meta else member


def fix():
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.backends.sqlite3 import schema as sqlite
    from django.db.backends.sqlite3.base import DatabaseOperations
    from django.db.migrations.state import ProjectState
    from django.db.models import options

    sqlite.set = Sorted
    DatabaseOperations.jsonfield_datatype_values = Sorted(
        DatabaseOperations.jsonfield_datatype_values
    )
    reload, normalize = ProjectState._reload, options.normalize_together
    ProjectState._reload = in_place(reload)
    options.normalize_together = lambda option: normalize(
        sorted(option) if isinstance(option, set) else option
    )
    for method in ("alter_unique_together", "alter_index_together"):
        setattr(
            BaseDatabaseSchemaEditor,
            method,
            one_by_one(getattr(BaseDatabaseSchemaEditor, method)),
        )


def in_place(reload):
    """Renders models again without moving them behind the others of their apps."""

    def reload_in_place(state, models):
        apps = state.__dict__.get("apps")
        before = {} if apps is None else places(apps)
        reload(state, Sorted(models))
        for label, names in before.items():
            for registered in (apps.all_models[label], apps.app_configs[label].models):
                arrange(registered, names)
        if apps is not None:
            apps.clear_cache()

    return reload_in_place


def places(apps):
    return {label: list(models) for label, models in apps.all_models.items() if models}


def arrange(models, names):
    ranks = {name: rank for rank, name in enumerate(names)}
    arranged = sorted(models.items(), key=lambda item: ranks.get(item[0], len(ranks)))
    models.clear()
    models.update(arranged)


def one_by_one(alter):
    """Alters the members of a `*_together` each on its own: drops, then additions."""

    def alter_in_order(editor, model, old, new):
        old, new = ({tuple(fields) for fields in together} for together in (old, new))
        for fields in sorted(old - new):
            alter(editor, model, [fields], [])
        for fields in sorted(new - old):
            alter(editor, model, [], [fields])

    return alter_in_order
