"""Makes a Django project of a package's apps: histories_project.py FOLDER USER_MODEL

FOLDER is where the package's apps are imported from. It gets a manage.py and settings
that list every app with migrations below it and those of Django and of libraries that
they refer to. Nothing of the package is run.
"""

import sys
from pathlib import Path

DJANGO = ["admin", "auth", "contenttypes", "flatpages", "redirects", "sessions", "sites"]

LIBRARIES = [
    "guardian",
    "attachments",
    "taggit",
    "social_django",
    "oauth2_provider",
    "reversion",
    "rest_framework.authtoken",
    "easy_thumbnails",
    "django_comments",
    "django_celery_results",
]

MANAGE = """import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parity.settings")
from django.core.management import execute_from_command_line
"""


def main():
    root, user = Path(sys.argv[1]), sys.argv[2]
    own = sorted(
        ".".join(init.parent.parent.relative_to(root).parts)
        for init in root.glob("**/migrations/__init__.py")
    )
    own = [app for app in own if app and "-" not in app and ".tests" not in app]
    labels = {app.rsplit(".", 1)[-1] for app in own}
    django = [f"django.contrib.{app}" for app in DJANGO if app not in labels]
    for other in root.glob("**/manage.py"):
        other.unlink()
    (root / "manage.py").write_text(MANAGE)
    apps = django + LIBRARIES + own
    engine = {"ENGINE": "django.db.backends.postgresql", "NAME": "history"}
    settings = {
        "INSTALLED_APPS": apps,
        "AUTH_USER_MODEL": user,
        "DATABASES": {"default": engine},
        "DEFAULT_AUTO_FIELD": "django.db.models.AutoField",
        "USE_TZ": True,
    }
    lines = [f"{name} = {value!r}\n" for name, value in settings.items()]
    package = root / "parity"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    (package / "settings.py").write_text("".join(lines))


main()
