#!/usr/bin/env bash
# Sees to a PostgreSQL server for the conformance suite: the one that answers where
# PGHOST and PGPORT point (127.0.0.1:5432), or one of its own, installed from Debian's
# packages if need be. Prints the variables to export, one a line.
#
#     postgresql.sh PYTHON    which has psycopg
#
# An own server goes on running, and the next run finds it.
set -euo pipefail

python=${1:?usage: postgresql.sh PYTHON}
port=54329
host=${PGHOST:-127.0.0.1}

answers() {
    PGCONNECT_TIMEOUT=3 "$python" -c '
import sys, psycopg
psycopg.connect(host=sys.argv[1], port=sys.argv[2], user="postgres", dbname="postgres").close()
' "$1" "$2" 2> /dev/null
}

newest_binaries() {
    ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -n 1
}

if answers "$host" "${PGPORT:-5432}"; then
    exit 0
fi
if ! answers 127.0.0.1 "$port"; then
    if [ -z "$(newest_binaries)" ] && [ "$(id -u)" = 0 ] && [ -n "$(command -v apt-get)" ]; then
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y postgresql >&2
    fi
    binaries=$(newest_binaries)
    [ -n "$binaries" ] || { echo "postgresql.sh: no PostgreSQL to start" >&2; exit 1; }
    # A server refuses to run as root.
    run=()
    [ "$(id -u)" = 0 ] && run=(runuser -u postgres --)
    data=$(mktemp -d "${TMPDIR:-/tmp}/whimbrel-postgresql.XXXXXX")
    [ "$(id -u)" = 0 ] && chown postgres "$data"
    "${run[@]}" "$binaries/initdb" --auth trust --username postgres --encoding UTF8 \
        --locale C.UTF-8 --pgdata "$data/data" > /dev/null
    "${run[@]}" "$binaries/pg_ctl" --pgdata "$data/data" --log "$data/log" --wait \
        --options "-p $port -k $data -c listen_addresses=127.0.0.1 -c fsync=off" start >&2
fi
echo "PGHOST=127.0.0.1"
echo "PGPORT=$port"
