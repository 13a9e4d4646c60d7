#!/usr/bin/env bash
# The wheel, built around the release binary that lies in target/ already, works in an empty environment; the source
# distribution holds every file that its build reads.
set -euo pipefail
cd "$(dirname "$0")/.."
home=$PWD
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT
python3 -m venv "$at/build"
"$at/build/bin/pip" install --quiet "maturin>=1.7,<2"
(cd python && "$at/build/bin/maturin" build --quiet --release --target-dir "$home/target" --out "$at/dist")
(cd python && "$at/build/bin/maturin" sdist --out "$at/source" 2>"$at/log") || { cat "$at/log"; exit 1; }
tar tzf "$at"/source/*.tar.gz | sed 's|^[^/]*/||' | sort >"$at/held"
git ls-files src python Cargo.toml Cargo.lock data | grep -v pyproject.toml | sort | comm -23 - "$at/held" >"$at/missing"
if [ -s "$at/missing" ]; then echo "the source distribution lacks"; cat "$at/missing"; exit 1; fi
python3 -m venv "$at/clean"
"$at/clean/bin/pip" install --quiet "$at"/dist/*.whl
cd "$at"
PATH="$at/clean/bin:$PATH" "$at/clean/bin/python" "$home/tests/package/check.py"
ls dist
