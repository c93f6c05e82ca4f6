#!/usr/bin/env bash
# Makes projects of the packages of histories.txt: histories_projects.sh OUT
#
# others.sh unpacks them below OUT. Prints the folder of each project.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?usage: histories_projects.sh OUT}
python=${WHIMBREL_PYTHON:-python3}
packages=$(grep -v '^#' "$here/histories.txt")

mkdir -p "$out"
out=$(cd "$out" && pwd)
# shellcheck disable=SC2046
bash "$here/others.sh" "$out" $(awk '{ print $1 }' <<< "$packages")
while read -r package folder user; do
    "$python" "$here/histories_project.py" "$out/packages/$package/$folder" "$user"
    (cd "$out/packages/$package/$folder" && pwd)
done <<< "$packages"
