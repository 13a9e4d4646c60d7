#!/usr/bin/env bash
# The wheel, built around the release binary that lies in target/ already, works in an empty environment.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$PWD
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT
python3 -m venv "$at/build"
"$at/build/bin/pip" install --quiet "maturin>=1.7,<2"
(cd python && "$at/build/bin/maturin" build --quiet --release --target-dir "$home/target" --out "$at/dist")
python3 -m venv "$at/clean"
"$at/clean/bin/pip" install --quiet "$at"/dist/*.whl
cd "$at"
PATH="$at/clean/bin:$PATH" "$at/clean/bin/python" "$home/tests/package/check.py"
ls dist
