#!/usr/bin/env bash
# Downloads and unpacks the packages of others.txt: others.sh OUT [NAME...]
#
# With names only these packages, and all libraries.
# A package goes to OUT/packages/NAME, a library into OUT/env, which is laid out
# as a virtual environment. Nothing is installed and nothing is run. A wheel that
# cannot be had is named on standard error and left out; what is there is kept.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?usage: others.sh OUT [NAME...]}
shift
wanted=" $* "
python=${WHIMBREL_PYTHON:-python3}
site=$out/env/lib/python3/site-packages
mkdir -p "$out/packages" "$out/wheels" "$site"
echo "version = 3" > "$out/env/pyvenv.cfg"

while read -r kind spec; do
    name=${spec%%==*}
    if [ "$kind" = package ] && [ $# -gt 0 ] && [[ $wanted != *" $name "* ]]; then
        continue
    fi
    target=$out/packages/$name
    [ "$kind" = library ] && target=$site
    mark=$out/wheels/$kind-$spec.done
    [ -e "$mark" ] && continue
    folder=$out/wheels/$kind-$spec
    mkdir -p "$folder"
    if ! "$python" -m pip download --quiet --disable-pip-version-check --no-deps \
        --ignore-requires-python --only-binary=:all: --dest "$folder" "$spec" >&2 < /dev/null; then
        echo "others: no wheel of $spec" >&2
        continue
    fi
    mkdir -p "$target"
    "$python" -m zipfile -e "$folder"/*.whl "$target"
    rm -r "$folder"
    : > "$mark"
done < <(grep -E '^(package|library) ' "$here/others.txt")
