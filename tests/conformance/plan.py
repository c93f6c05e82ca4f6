"""Prints the order in which Django's executor would migrate an empty database.

One `app.name` a line. Run inside the conformance environment, from anywhere:
`python plan.py PROJECT_DIR SETTINGS_MODULE`.
"""

import os
import sys


def main(project, settings):
    sys.path.insert(0, os.path.abspath(project))
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    for migration, backwards in plan:
        assert not backwards
        print(f"{migration.app_label}.{migration.name}")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ("project", "parity.settings")))
