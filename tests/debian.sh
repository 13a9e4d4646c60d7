#!/usr/bin/env bash
# A Debian package around the release binary, unpacked into an empty folder and tried there: the program, a manual page for
# it and for every command, and completions. Needs dpkg; cargo-deb is installed below target/ where it is not yet.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo --version > /dev/null 2>&1 || export RUSTUP_TOOLCHAIN=stable
deb=target/tools/bin/cargo-deb
[ -x "$deb" ] || CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --locked --root target/tools --version 3.8.0 cargo-deb

cargo build --release --quiet
program=target/release/backburn
pages=target/pages
rm -rf "$pages" && mkdir -p "$pages"
verbs() { "$program" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\).*/\1/p'; }
"$program" man > "$pages/backburn.1"
for verb in $(verbs | grep -v '^help$'); do "$program" man "$verb" > "$pages/backburn-$verb.1"; done
"$program" completions bash > "$pages/backburn"
"$program" completions zsh > "$pages/_backburn"
"$program" completions fish > "$pages/backburn.fish"
"$deb" --no-build --quiet --output target/debian/

at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT
package=$(ls -t target/debian/backburn_*.deb | head -1)
dpkg-deb --extract "$package" "$at/root"
cd "$at"
"$at/root/usr/bin/backburn" train --epochs 5 --run run
"$at/root/usr/bin/backburn" evaluate run | head -1
for page in backburn backburn-train backburn-gradcheck; do
    zcat "root/usr/share/man/man1/$page.1.gz" | grep -q '^\.SH NAME' || { echo "$page has no manual page"; exit 1; }
done
grep -q gradcheck root/usr/share/bash-completion/completions/backburn
cd - > /dev/null
dpkg-deb --info "$package" | sed -n 's/^ \(Package\|Version\|Architecture\|Depends\|Installed-Size\)/\1/p'
ls -s --human-readable "$package"
