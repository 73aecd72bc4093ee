#!/bin/sh
# Regenerate the lock files. They carry hashes and no registry address, so that any index (a mirror, a proxy)
# serves them; that is why there is no uv.lock (docs/adr/0001).
set -eu
cd "$(dirname "$0")/.."
UV=${UV:-.venv/bin/uv}
common="--universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 --quiet"
$UV pip compile $common pyproject.toml -o requirements/run.lock "$@"
$UV pip compile $common pyproject.toml --group dev -o requirements/dev.lock -c requirements/run.lock "$@"
$UV pip compile $common pyproject.toml --group dev --group bench -o requirements/bench.lock -c requirements/dev.lock "$@"
$UV pip compile $common --group build -o requirements/build.lock "$@"
$UV pip compile $common --no-deps --group data -o requirements/data.lock "$@"
npm install --package-lock-only --ignore-scripts
if grep -nE 'https?://[^ ]*(simple|registry|\.whl|\.tgz)' requirements/*.lock package-lock.json; then
    echo "Une adresse de registre est entrée dans un verrou." >&2
    exit 1
fi
