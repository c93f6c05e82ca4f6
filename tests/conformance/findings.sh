#!/usr/bin/env bash
# Draws findings of real histories for reading: findings.sh OUT [SEED [COUNT]]
#
# Judged are the packages of the suite and ten more, which others.sh unpacks below OUT,
# each as the own apps of a project on PostgreSQL. Findings are printed with the source
# and the statements that they are about; the same seed draws the same ones.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
out=${1:?usage: findings.sh OUT [SEED [COUNT]]}
seed=${2:-7}
count=${3:-100}
python=${WHIMBREL_PYTHON:-python3}

# A package, the folder in it from which its apps are imported, and its user model.
packages='
django-helpdesk . auth.User
django-machina . auth.User
django-oscar . auth.User
kiwitcms . auth.User
label-studio label_studio users.User
mayan-edms . auth.User
modoboa . core.User
pretalx . person.User
pretix . pretixbase.User
weblate . weblate_auth.User
'

mkdir -p "$out"
out=$(cd "$out" && pwd)
# shellcheck disable=SC2046
bash "$here/others.sh" "$out" $(awk 'NF { print $1 }' <<< "$packages")
awk 'NF' <<< "$packages" | while read -r package folder user; do
    "$python" "$here/findings_project.py" "$out/packages/$package/$folder" "$user"
done

env=$(bash "$here/environment.sh")
site=$("$env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cd "$root"
cargo run --quiet --example draw_findings -- "$seed" "$count" \
    "$env:$here/project,$site" "$out/env:$out/packages"
