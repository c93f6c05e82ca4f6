#!/usr/bin/env bash
# Sees to a MariaDB server for the conformance suite: one of its own, started from the
# programs that are installed or, as root, from Debian's packages; else the one that
# answers where MYSQL_HOST and MYSQL_TCP_PORT point (127.0.0.1:3306). Prints the
# variables to export, one a line.
#
#     mariadb.sh PYTHON    which has PyMySQL
#
# An own server is preferred, since one that keeps nothing over a crash executes
# statements on tables many times as fast. It goes on running, and the next run finds it.
set -euo pipefail

python=${1:?usage: mariadb.sh PYTHON}
port=${WHIMBREL_MARIADB_PORT:-33069}

answers() {
    "$python" -c '
import sys, pymysql
pymysql.connect(host=sys.argv[1], port=int(sys.argv[2]), user="root", connect_timeout=3).close()
' "$1" "$2" 2> /dev/null
}

program() {
    PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" || true
}

own_server() {
    answers 127.0.0.1 "$port" && return
    if [ -z "$(program mariadbd)" ] && [ "$(id -u)" = 0 ] && [ -n "$(command -v apt-get)" ]; then
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y mariadb-server >&2
    fi
    [ -n "$(program mariadbd)" ] && [ -n "$(program mariadb-install-db)" ] || return
    local parent=${TMPDIR:-/tmp} user data
    # In memory, where there is enough of it.
    [ -w /dev/shm ] && [ "$(df --output=avail -k /dev/shm | tail -n 1)" -gt 2000000 ] &&
        parent=/dev/shm
    data=$(mktemp -d "$parent/whimbrel-mariadb.XXXXXX")
    # As root, the server is told whom to run as.
    user=$(id -un)
    if [ "$user" = root ] && id mysql > /dev/null 2>&1; then
        user=mysql
        chown mysql "$data"
    fi
    "$(program mariadb-install-db)" --no-defaults --user="$user" --datadir="$data/data" \
        --auth-root-authentication-method=normal --skip-test-db > "$data/log" 2>&1 || return
    nohup "$(program mariadbd)" --no-defaults --user="$user" --datadir="$data/data" \
        --socket="$data/socket" --pid-file="$data/pid" --bind-address=127.0.0.1 --port="$port" \
        --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --sync-binlog=0 \
        --innodb-flush-method=nosync --skip-log-bin --innodb-stats-persistent=0 --skip-name-resolve \
        --performance-schema=0 --table-open-cache=4000 >> "$data/log" 2>&1 < /dev/null &
    for _ in $(seq 60); do
        answers 127.0.0.1 "$port" && return
        sleep 0.5
    done
}

if [ -z "${MYSQL_HOST:-}" ]; then
    own_server
    if answers 127.0.0.1 "$port"; then
        echo "MYSQL_HOST=127.0.0.1"
        echo "MYSQL_TCP_PORT=$port"
        exit 0
    fi
fi
if answers "${MYSQL_HOST:-127.0.0.1}" "${MYSQL_TCP_PORT:-3306}"; then
    exit 0
fi
echo "mariadb.sh: no MariaDB to start, and none that answers" >&2
exit 1
