#!/usr/bin/env bash
# Makes the Python environment of the conformance suite, or leaves it as it is
# when it already holds what requirements.txt asks for.
#
# The environment is the folder named by WHIMBREL_CONFORMANCE_ENV, by default
# target/conformance/env. Its path is the only line on standard output.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
env=${WHIMBREL_CONFORMANCE_ENV:-$root/target/conformance/env}
python=${WHIMBREL_PYTHON:-python3}
stamp=$env/whimbrel-requirements.txt

if ! cmp -s "$here/requirements.txt" "$stamp"; then
    mkdir -p "$env"
    "$python" -m venv "$env" >&2
    "$env/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$here/requirements.txt" >&2
    cp "$here/requirements.txt" "$stamp"
fi
echo "$env"
