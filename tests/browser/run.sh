#!/usr/bin/env bash
# Reports and exported pages in a real browser, which is installed where that is possible.
set -euo pipefail
cd "$(dirname "$0")/../.."

browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
if ! browser > /dev/null; then
    root=""; [ "$(id -u)" = 0 ] || root="sudo -n"
    { $root apt-get update -qq && $root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } > /dev/null ||
        true
fi
if ! browser > /dev/null; then
    echo "NOT TESTED: pages in a browser, for want of chromium" >&2
    exit 0
fi
python3 tests/browser/check.py "${CARGO_TARGET_DIR:-target}/release/backburn"
