#!/usr/bin/env bash
# Executes real histories and compares: histories.sh OUT
#
# The projects of histories.txt are unpacked below OUT, each as the own apps of a project
# on PostgreSQL. Their plans are executed on the live server, statement by statement, and
# compared with what whimbrel says of each; whatever kept others from a table must be told
# by a finding. Statements that the server refuses, since a library that makes their
# tables is not there, are counted and not compared.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?usage: histories.sh OUT}

projects=$(bash "$here/histories_projects.sh" "$out")
out=$(cd "$out" && pwd)
env=$(bash "$here/environment.sh")
for variable in $(bash "$here/postgresql.sh" "$env/bin/python"); do
    export "${variable?}"
done
# Libraries are only read; scripts run with the Python of the suite.
mkdir -p "$out/env/bin"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$env/bin/python" > "$out/env/bin/python"
chmod +x "$out/env/bin/python"
: > "$out/env/whimbrel-requirements.txt"
cd "$here/../.."
status=0
while read -r project; do
    echo "== ${project#"$out/packages/"}"
    WHIMBREL_REQUIRE_LIVE=1 WHIMBREL_CONFORMANCE_ENV=$out/env \
        WHIMBREL_CONFORMANCE_PROJECT=$project \
        cargo test --quiet --test conformance -- \
        effects_of_the_whole_history what_keeps_others_waiting || status=1
done <<< "$projects"
exit $status
