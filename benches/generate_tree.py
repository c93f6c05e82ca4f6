"""Makes a large tree of Django projects out of the installed packages' migrations.

Every app of a Django project (the conformance project, with its environment) is
copied as often as needed under labels with a suffix, `account` as `account_003`,
and the labels in dependencies, `replaces`, `run_before`, relations, bases and
`get_model` calls get the same suffix, so that the graph of every copy is valid.
The original apps stay installed, for what the copies import from them. The tree
is for measuring only and is never committed.

    python benches/generate_tree.py OUT [--files 15000] [--per-project 1500]
        [--one-project] [--verify]

Run it with the Python of the conformance environment. `--verify` loads every
project that was made with Django's own loader, and fails where Django would.
"""

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DEFAULT_PROJECT = os.path.join(HERE, os.pardir, "tests", "conformance", "project")

MANAGE = '''"""Made by benches/generate_tree.py."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
'''

SETTINGS = '''"""Made by benches/generate_tree.py."""

from .base import *

INSTALLED_APPS += [
{copies}]
'''

APPS = '''from django.apps import AppConfig


class CopyConfig(AppConfig):
    name = "{name}"
    label = "{name}"
    default_auto_field = "{auto_field}"
'''


class Source:
    """One app to copy: its label, its migration files in order, its other modules."""

    def __init__(self, label, auto_field):
        self.label = label
        self.auto_field = auto_field
        self.migrations = {}
        self.others = {}


class Places(ast.NodeVisitor):
    """Collects where in a file a label is written that a copy must change."""

    def __init__(self, source, package, models):
        self.lines = source.encode().splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.package = package
        self.models = models
        self.inserts = set()
        self.rewrites = []

    def offset(self, line, column):
        return self.starts[line - 1] + column

    def literal(self, node):
        """The bytes of a string written as one token, and where it starts."""
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return None
        start = self.offset(node.lineno, node.col_offset)
        end = self.offset(node.end_lineno, node.end_col_offset)
        return start, b"".join(self.lines)[start:end]

    def label(self, node):
        """A string that is a whole label: `"account"`."""
        found = self.literal(node)
        if found and node.value in self.models:
            match = re.match(rb"[uU]?(['\"])" + node.value.encode() + rb"\1$", found[1])
            if match:
                self.inserts.add(found[0] + len(found[1]) - 1)

    def visit_Constant(self, node):
        """A string that names a model: `"account.EmailAddress"`."""
        found = self.literal(node)
        label, _, model = node.value.partition(".") if found else ("", "", "")
        if model.lower() in self.models.get(label, ()):
            match = re.match(rb"[uU]?['\"]" + label.encode() + rb"(?=\.)", found[1])
            if match:
                self.inserts.add(found[0] + match.end())

    def visit_Assign(self, node):
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        if names & {"dependencies", "replaces", "run_before"}:
            for each in ast.walk(node.value):
                if isinstance(each, ast.Tuple) and len(each.elts) == 2:
                    self.label(each.elts[0])
        self.generic_visit(node)

    def visit_Call(self, node):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        of_swapper = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "swapper"
        if (of_swapper or name in ("get_model", "get_app_config")) and node.args:
            self.label(node.args[0])
        for keyword in node.keywords:
            if keyword.arg == "app_label":
                self.label(keyword.value)
        self.generic_visit(node)

    def visit_ImportFrom(self, node):
        """`from ..fields import X` reaches the package that is not copied."""
        if node.level >= 2:
            parts = self.package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1])
            full = f"{base}.{node.module}" if node.module else base
            start = self.offset(node.lineno, node.col_offset)
            text = b"".join(self.lines)
            end = text.index(b"import", start + len(b"from"))
            self.rewrites.append((start, end, f"from {full} ".encode()))


def pieces_of(path, package, models):
    """The file as the parts between which a copy writes its suffix."""
    with open(path, "rb") as file:
        text = file.read().decode("utf-8-sig")
    places = Places(text, package, models)
    places.visit(ast.parse(text))
    data = text.encode()
    edits = [(at, at, None) for at in places.inserts] + places.rewrites
    pieces, current, last = [], b"", 0
    for start, end, new in sorted(edits, key=lambda edit: edit[0]):
        current += data[last:start]
        if new is None:
            pieces.append(current)
            current = b""
        else:
            current += new
        last = end
    pieces.append(current + data[last:])
    return pieces


def read_sources(project, settings):
    """The apps of the project, and all their migrations in an order that can be cut."""
    sys.path.insert(0, os.path.abspath(project))
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    import django

    django.setup()
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.operations import CreateModel, RenameModel

    loader = MigrationLoader(None, replace_migrations=False)
    models = {}
    for (label, _), migration in loader.disk_migrations.items():
        known = models.setdefault(label, set())
        for operation in migration.operations:
            if isinstance(operation, CreateModel):
                known.add(operation.name.lower())
            if isinstance(operation, RenameModel):
                known.add(operation.new_name.lower())
    for label in models:
        models[label] |= {model._meta.model_name for model in apps.get_app_config(label).get_models()}

    order = []
    for leaf in loader.graph.leaf_nodes():
        order += [node for node in loader.graph.forwards_plan(leaf) if node not in order]
    assert len(order) == len(loader.disk_migrations)

    sources = {}
    for label in sorted(models):
        config = apps.get_app_config(label)
        sources[label] = Source(label, config.default_auto_field)
    for label, name in order:
        module = sys.modules[type(loader.disk_migrations[label, name]).__module__]
        package = module.__name__.rpartition(".")[0]
        source = sources[label]
        source.migrations[name] = pieces_of(module.__file__, package, models)
        folder = os.path.dirname(module.__file__)
        if not source.others:
            source.others = {
                file: pieces_of(os.path.join(folder, file), package, models)
                for file in sorted(os.listdir(folder))
                if file.endswith(".py") and (label, file[:-3]) not in loader.disk_migrations
            }
            source.others.setdefault("__init__.py", [b""])
    return sources, order


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def write_copy(folder, sources, chosen, suffix):
    """One copy of the chosen migrations; answers the names of its packages."""
    names = []
    for label, source in sources.items():
        migrations = [name for at, name in chosen if at == label]
        if not migrations:
            continue
        package = label + suffix
        names.append(package)
        app = os.path.join(folder, package)
        os.makedirs(os.path.join(app, "migrations"))
        write(os.path.join(app, "__init__.py"), b"")
        apps = APPS.format(name=package, auto_field=source.auto_field)
        write(os.path.join(app, "apps.py"), apps.encode())
        for file, pieces in source.others.items():
            write(os.path.join(app, "migrations", file), suffix.encode().join(pieces))
        for name in migrations:
            data = suffix.encode().join(source.migrations[name])
            write(os.path.join(app, "migrations", name + ".py"), data)
    return names


def generate(out, files, per_project, sources, order, base):
    """Writes projects of `per_project` migrations until `files` are written."""
    if os.path.exists(out):
        shutil.rmtree(out)
    copy = 0
    projects = []
    while files > 0:
        wanted = min(files, per_project)
        files -= wanted
        folder = os.path.join(out, f"project_{len(projects):03}")
        os.makedirs(os.path.join(folder, "config"))
        names = []
        while wanted > 0:
            chosen = order[:wanted]
            wanted -= len(chosen)
            names += write_copy(folder, sources, chosen, f"_{copy:03}")
            copy += 1
        write(os.path.join(folder, "manage.py"), MANAGE.encode())
        write(os.path.join(folder, "config", "__init__.py"), b"")
        shutil.copyfile(base, os.path.join(folder, "config", "base.py"))
        copies = "".join(f'    "{name}",\n' for name in names)
        settings = SETTINGS.format(copies=copies)
        write(os.path.join(folder, "config", "settings.py"), settings.encode())
        projects.append(folder)
    return projects


VERIFY = """
import os, sys
project = sys.argv[1]
sys.path.insert(0, project)
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.apps import apps
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(None)
conflicts = loader.detect_conflicts()
assert not conflicts, conflicts
copies = {each.label for each in apps.get_app_configs() if each.path.startswith(project)}
found = sum(1 for label, _ in loader.disk_migrations if label in copies)
print(f"{project}: {found} migrations in {len(copies)} apps, the graph is valid")
"""


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("out")
    options.add_argument("--files", type=int, default=15_000)
    options.add_argument("--per-project", type=int, default=1_500)
    options.add_argument("--one-project", action="store_true")
    options.add_argument("--verify", action="store_true")
    options.add_argument("--project", default=DEFAULT_PROJECT)
    options.add_argument("--settings", default="parity.settings")
    given = options.parse_args()

    sources, order = read_sources(given.project, given.settings)
    per_project = given.files if given.one_project else given.per_project
    base = sys.modules[given.settings].__file__
    projects = generate(given.out, given.files, per_project, sources, order, base)
    print(f"{given.files} migrations in {len(projects)} projects")
    if given.verify:
        for folder in projects:
            command = [sys.executable, "-W", "ignore", "-c", VERIFY, os.path.abspath(folder)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
