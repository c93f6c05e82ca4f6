#!/usr/bin/env bash
# Installs whimbrel as users do, and uses it: as a wheel in a fresh virtual
# environment, as hooks of pre-commit in a scratch repository, and, where Rust's
# target for musl and a C compiler for it are there, as a static binary in an empty
# folder.
#
# tests/packages/check.sh [OUT]      OUT is target/packages unless told otherwise
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=${1:-$root/target/packages}
python=${WHIMBREL_PYTHON:-python3}
mkdir -p "$out"
out=$(cd "$out" && pwd)

# What is tested is the packing: an optimised build would only take longer, and for the
# wheel most of what the tests have built serves.
tested=$(realpath -m "${CARGO_TARGET_DIR:-$root/target}")
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_TARGET_DIR=$out/target
# The hooks' environments are made anew, for the source as it is now.
export PRE_COMMIT_HOME=$out/pre-commit

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { echo "packages: $*"; }
fail() {
    say "$*" >&2
    exit 1
}

# A project with one harmless migration.
project() {
    mkdir -p "$1/shop/migrations"
    touch "$1/shop/__init__.py" "$1/shop/migrations/__init__.py"
    printf 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\n' > "$1/manage.py"
    printf 'INSTALLED_APPS = ["shop"]\n' > "$1/settings.py"
    cat > "$1/shop/migrations/0001_initial.py" << 'END'
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[("id", models.BigAutoField(primary_key=True))],
        ),
    ]
END
}

# A migration that depends on one that is not there.
broken() {
    cat > "$1/shop/migrations/0002_lost.py" << 'END'
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_begin")]
    operations = []
END
}

say "tools"
[ -x "$out/tools/bin/pip" ] || "$python" -m venv "$out/tools"
"$out/tools/bin/pip" install --quiet --disable-pip-version-check \
    --requirement "$root/tests/packages/requirements.txt"

say "wheel"
rm -rf "$out/wheels"
(cd "$root" && CARGO_TARGET_DIR=$tested \
    "$out/tools/bin/maturin" build --quiet --profile dev --out "$out/wheels")
"$python" -m venv "$scratch/fresh"
"$scratch/fresh/bin/pip" install --quiet --disable-pip-version-check --no-index "$out"/wheels/*.whl
project "$scratch/of-wheel"
# With no compiler and no Rust in reach.
env -i PATH="$scratch/fresh/bin" whimbrel --version
(cd "$scratch/of-wheel" && env -i PATH="$scratch/fresh/bin" whimbrel check) \
    || fail "the wheel's binary does not check a sound project"

say "source distribution"
(cd "$root" && "$out/tools/bin/maturin" sdist --out "$out/wheels")
tar -tzf "$out"/wheels/*.tar.gz > "$scratch/listing"
grep -q '/src/main.rs$' "$scratch/listing" || fail "the source distribution has no source"

say "hooks"
# pre-commit builds what is committed: the working tree as it is becomes a commit.
source=$scratch/source
git clone --quiet --no-checkout "$root" "$source"
(cd "$root" && git ls-files --cached --others --exclude-standard -z) |
    (cd "$root" && xargs -0 sh -c 'for it; do [ ! -e "$it" ] || printf "%s\\0" "$it"; done' sh) |
    (cd "$root" && tar --null --files-from - -cf -) | tar -xf - -C "$source"
commit() { git -C "$1" -c user.name=test -c user.email=test@example.org commit --quiet --message "$2"; }
git -C "$source" add --all
commit "$source" "the working tree" || true
repository=$scratch/of-hooks
project "$repository"
git -C "$repository" init --quiet
cat > "$repository/.pre-commit-config.yaml" << END
repos:
  - repo: $source
    rev: $(git -C "$source" rev-parse HEAD)
    hooks:
      - id: whimbrel-check
      - id: whimbrel-fmt
END
(cd "$repository" && "$out/tools/bin/pre-commit" install --install-hooks > /dev/null)
PATH=$out/tools/bin:$PATH
git -C "$repository" add --all
commit "$repository" "a shop" || fail "the hooks refuse a good commit"
broken "$repository"
git -C "$repository" add --all
if commit "$repository" "a lost migration" 2> "$scratch/refused"; then
    fail "the hooks pass a bad commit"
fi
grep -q 'dangling-dependency' "$scratch/refused" || {
    cat "$scratch/refused"
    fail "the hook does not say what is wrong"
}
rm "$repository/shop/migrations/0002_lost.py"
printf 'after   0001_initial\n' > "$repository/shop/migrations/0002_next.mig"
git -C "$repository" add --all
if commit "$repository" "badly formatted" 2> "$scratch/formatted"; then
    fail "the hook on format passes what it changes"
fi
grep -qx 'after 0001_initial' "$repository/shop/migrations/0002_next.mig" \
    || fail "the hook does not format"
git -C "$repository" add --all
commit "$repository" "well formatted" || fail "the hooks refuse what they formatted"

say "static binary"
target=x86_64-unknown-linux-musl
if rustup target list --installed 2> /dev/null | grep -qx "$target" && [ -n "$(command -v musl-gcc)" ]; then
    (cd "$root" && CC_x86_64_unknown_linux_musl=musl-gcc cargo build --quiet --release --target "$target")
    mkdir "$scratch/empty"
    cp "$CARGO_TARGET_DIR/$target/release/whimbrel" "$scratch/empty/whimbrel"
    ldd "$scratch/empty/whimbrel" 2>&1 | grep -q 'statically linked\|not a dynamic' \
        || fail "the binary is not static"
    (cd "$scratch/empty" && env -i ./whimbrel --version && env -i ./whimbrel check) \
        || fail "the static binary does not run"
else
    say "skipped: no Rust target $target, or no musl-gcc"
fi

say "all work"
