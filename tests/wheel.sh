#!/usr/bin/env bash
# The wheel, built around the release binary that is there already, works in an empty environment.
set -euo pipefail
cd "$(dirname "$0")/.."
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT
python3 -m venv "$at/build"
"$at/build/bin/pip" install --quiet "maturin>=1.7,<2"
# What `cargo build --release` has built is taken as it is.
"$at/build/bin/maturin" build --quiet --release --manifest-path python/pyproject.toml --out "$at/dist" --target-dir target \
    2> "$at/log" || (cd python && "$at/build/bin/maturin" build --release --out "$at/dist") || { cat "$at/log"; exit 1; }
python3 -m venv "$at/clean"
"$at/clean/bin/pip" install --quiet "$at"/dist/*.whl
cd "$at"
PATH="$at/clean/bin:$PATH" "$at/clean/bin/python" "$OLDPWD/tests/package/check.py"
ls "$at/dist"
