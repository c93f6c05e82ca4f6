#!/usr/bin/env bash
# Compares on a project that the suite does not hold: further.sh PROJECT ENVIRONMENT
#
# PROJECT is a folder with manage.py and parity/settings.py, as in project/; ENVIRONMENT
# a virtual environment with Django 5.2, psycopg, PyMySQL and the packages that these
# settings install. Compared are Django's SQL of every migration, forwards and backwards,
# on PostgreSQL and on SQLite, app by app; and all migrations of the environment after a
# way through `.mig`: SQL in all dialects, what Django holds of them, Django's SQL.
#
# Django's SQL is kept in the folder that WHIMBREL_SQL_RECORDINGS names, if it does.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
project=$(cd "${1:?usage: further.sh PROJECT ENVIRONMENT}" && pwd)
environment=$(cd "${2:?usage: further.sh PROJECT ENVIRONMENT}" && pwd)
python=$environment/bin/python

variables=$(bash "$here/postgresql.sh" "$python")
for variable in $variables; do
    export "${variable?}"
done
recordings=${WHIMBREL_SQL_RECORDINGS:-$(mktemp -d)}
mkdir -p "$recordings"
for database in postgresql sqlite; do
    file=$recordings/$database.jsonl
    [ -s "$file" ] && continue
    "$python" -B -W ignore "$here/sql.py" "$project" parity.settings --database "$database" \
        > "$file.part"
    mv "$file.part" "$file"
done

# The mark by which the suite knows an environment.
[ -e "$environment/whimbrel-requirements.txt" ] \
    || "$python" -m pip freeze > "$environment/whimbrel-requirements.txt"
cd "$here/../.."
WHIMBREL_REQUIRE_LIVE=1 WHIMBREL_CONFORMANCE_ENV=$environment \
    WHIMBREL_CONFORMANCE_PROJECT=$project WHIMBREL_SQL_RECORDINGS=$recordings \
    cargo test --test conformance --no-fail-fast -- \
    statements_are_those_of_django_on_postgresql statements_are_those_of_django_on_sqlite \
    python_to_mig migrations_are_the_same
