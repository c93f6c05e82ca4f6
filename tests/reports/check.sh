#!/usr/bin/env bash
# Reads every report with a parser of those who consume it: SARIF with Microsoft's
# validator from npm, JUnit and Markdown with parsers from PyPI, the others by the rules
# that their consumers document.
#
# tests/reports/check.sh [PROJECT]    the bookshop of the fixtures unless told otherwise
#
# WHIMBREL is the binary.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
whimbrel=${WHIMBREL:-$root/target/debug/whimbrel}
project=${1:-fixtures/projects/bookshop}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cd "$root"
for format in json-lines sarif junit gitlab github checkstyle markdown; do
    "$whimbrel" check "$project" --exit-zero --output-format "$format" \
        --output-file "$scratch/$format" 2> /dev/null
done
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check \
    -r "$root/tests/reports/requirements.txt"
"$scratch/venv/bin/python" "$root/tests/reports/check.py" "$scratch"

if ! command -v npm > /dev/null; then
    echo "reports: SARIF was not validated, as there is no npm" >&2
    exit 0
fi
cd "$scratch"
npm install --no-save --silent --no-audit --no-fund @microsoft/sarif-multitool@5
multitool=$(find node_modules -path '*linux*' -name Sarif.Multitool -type f | head -1)
if [ -z "$multitool" ]; then
    echo "reports: SARIF was not validated: Sarif.Multitool is not for this system" >&2
    exit 0
fi
chmod +x "$multitool"
cp sarif report.sarif
# It says what it finds, and fails on errors alone.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
"$multitool" validate report.sarif > validated
if grep ': error ' validated; then
    exit 1
fi
grep -q 'Analysis completed successfully' validated
echo "reports: sarif: valid"
