#!/usr/bin/env bash
# The wheel, built around the release binary that lies in target/ already, works in an empty environment; the source
# distribution holds every file that its build reads. With --from-source the wheel is compiled from the source distribution,
# which takes minutes even where the dependencies lie in target/ (or CARGO_TARGET_DIR) already.
set -euo pipefail
case "${1:-}" in
    "" | --from-source) ;;
    *) echo "usage: tests/wheel.sh [--from-source]" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."
home=$PWD
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT
python3 -m venv "$at/build"
"$at/build/bin/pip" install --quiet "maturin>=1.7,<2"
(cd python && "$at/build/bin/maturin" sdist --out "$at/source" 2>"$at/log") || { cat "$at/log"; exit 1; }
tar tzf "$at"/source/*.tar.gz | sed 's|^[^/]*/||' | sort >"$at/held"
git ls-files src python Cargo.toml Cargo.lock data | grep -v pyproject.toml | sort | comm -23 - "$at/held" >"$at/missing"
if [ -s "$at/missing" ]; then echo "the source distribution lacks"; cat "$at/missing"; exit 1; fi
target=${CARGO_TARGET_DIR:-$home/target}
if [ "${1:-}" = --from-source ]; then
    (cd "$at" && PATH="$at/build/bin:$PATH" CARGO_TARGET_DIR="$target" \
        pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist source/*.tar.gz)
else
    (cd python && "$at/build/bin/maturin" build --quiet --release --target-dir "$target" --out "$at/dist")
fi
python3 -m venv "$at/clean"
"$at/clean/bin/pip" install --quiet "$at"/dist/*.whl
cd "$at"
PATH="$at/clean/bin:$PATH" "$at/clean/bin/python" "$home/tests/package/check.py"
ls dist
