#!/usr/bin/env bash
# Opens the pages of `whimbrel graph --format html` in headless Chromium, and clicks,
# searches, filters and moves as people do. Without Chromium or npm it says so and ends.
#
# tests/browser/check.sh [PROJECT...]    the bookshop of the fixtures unless told otherwise
#
# WHIMBREL is the binary, CHROMIUM the browser, OUT where pages and screenshots go.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
chromium=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$chromium" ] || ! command -v npm > /dev/null; then
    echo "browser: skipped, as there is no Chromium or no npm" >&2
    exit 0
fi
whimbrel=${WHIMBREL:-$root/target/debug/whimbrel}
out=${OUT:-$root/target/browser}
mkdir -p "$out"
[ $# -gt 0 ] || set -- "$root/fixtures/projects/bookshop"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && npm install --no-save --silent --no-audit --no-fund playwright-core@1)
cp "$root/tests/browser/graph.mjs" "$scratch/"

pages=()
for project in "$@"; do
    page=$out/$(basename "$project").html
    "$whimbrel" graph --format html --project "$project" --output "$page"
    pages+=("$page")
done
node "$scratch/graph.mjs" "$chromium" "$out" "${pages[@]}"
echo "browser: pages and screenshots are in $out"
