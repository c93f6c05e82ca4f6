#!/usr/bin/env bash
# Draws findings of real histories for reading: findings.sh OUT [SEED [COUNT]]
#
# Judged are the packages of the suite and those of histories.txt, which are unpacked
# below OUT, each as the own apps of a project on PostgreSQL. Findings are printed with
# the source and the statements that they are about; the same seed draws the same ones.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
out=${1:?usage: findings.sh OUT [SEED [COUNT]]}
seed=${2:-7}
count=${3:-100}

bash "$here/histories_projects.sh" "$out" > /dev/null
out=$(cd "$out" && pwd)
env=$(bash "$here/environment.sh")
site=$("$env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cd "$root"
cargo run --quiet --example draw_findings -- "$seed" "$count" \
    "$env:$here/project,$site" "$out/env:$out/packages"
