#!/usr/bin/env bash
# Git mode on the history of a published package: each release becomes a commit, and
# the migrations that `check --since HEAD~1` judges are those that git says are new or
# modified.
#
# tests/packages/releases.sh WHIMBREL PACKAGE FOLDER VERSION VERSION...
#
#     releases.sh target/release/whimbrel wagtail wagtail 5.2.6 6.1 6.4 7.0
#     releases.sh target/release/whimbrel django-cms cms 3.11.6 4.1.4 5.0.0
set -euo pipefail

whimbrel=$(realpath "${1:?usage: releases.sh WHIMBREL PACKAGE FOLDER VERSION...}")
package=$2
folder=$3
shift 3
python=${WHIMBREL_PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
repository=$work/repository
git init --quiet "$repository"
printf '[tool.whimbrel]\ndialects = ["postgresql"]\n' > "$repository/pyproject.toml"

release() {
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps \
        --ignore-requires-python --only-binary=:all: --dest "$work/$1" "$package==$1" > /dev/null
    "$python" -m zipfile -e "$work/$1"/*.whl "$work/$1/all"
    rm -rf "${repository:?}/$folder"
    cp -r "$work/$1/all/$folder" "$repository/$folder"
    git -C "$repository" add --all
    git -C "$repository" -c user.name=test -c user.email=test@example.org commit --quiet --message "$1"
}

# A file below a folder of migrations counts if it has a class `Migration`.
by_git() {
    git -C "$repository" diff --name-only --no-renames --diff-filter=AM HEAD~1 HEAD |
        grep -E '/migrations/[^_/][^/]*\.py$' |
        (cd "$repository" && xargs -r grep -lE '^class Migration\b' || true) | sort
}

by_whimbrel() {
    (cd "$repository" && "$whimbrel" check --since HEAD~1 --show-files 2> /dev/null) | awk '
        /^    / { print folder "/" $1; next }
        /^  /   { folder = $1; sub(/:$/, "", folder) }' | sort -u
}

release "$1"
shift
for version in "$@"; do
    release "$version"
    by_git > "$work/git"
    by_whimbrel > "$work/whimbrel"
    if ! diff "$work/git" "$work/whimbrel"; then
        echo "releases: $package $version: git and whimbrel differ" >&2
        exit 1
    fi
    code=0
    (cd "$repository" && "$whimbrel" check --since HEAD~1 --statistics 2>&1) > "$work/found" || code=$?
    [ "$code" -le 1 ] || { cat "$work/found"; exit 1; }
    echo "releases: $package $version: $(wc -l < "$work/git") new or modified migrations, as git says"
    sed 's/^/    /' "$work/found"
done
