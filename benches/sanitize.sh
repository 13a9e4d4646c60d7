#!/usr/bin/env bash
# Unit tests, and those tests that call the library in their own process, under LLVM's address sanitizer: every read and
# write of this crate's own code, its blocks of `unsafe` included, is checked against what was allocated.
#
# Only this crate is compiled anew with the checks; what it depends on stays as a release has it. A sanitizer is an option
# of nightly compilers; RUSTC_BOOTSTRAP=1 lets a stable one take it too. The child that reads HDF5 limits its address
# space, in which a sanitizer has no room, so tests that start the program are left out. `target/release/backburn` has the
# checks in it afterwards; the next `cargo build --release` puts the usual one back.
set -euo pipefail
cd "$(dirname "$0")/.."
wrapper=$(mktemp)
trap 'rm -f "$wrapper"' EXIT
cat > "$wrapper" << 'WRAPPER'
#!/usr/bin/env bash
compiler=$1
shift
case " $* " in
*" --print "* | *" -vV "* | *"build_script_build"*) exec "$compiler" "$@" ;;
*) RUSTC_BOOTSTRAP=1 exec "$compiler" "$@" -Zsanitizer=address ;;
esac
WRAPPER
chmod +x "$wrapper"
# Burn keeps its devices and threads until the end of the process, which is no leak.
export RUSTC_WORKSPACE_WRAPPER=$wrapper ASAN_OPTIONS=detect_leaks=0
cargo test --release --lib
cargo test --release --test tests -- properties:: library:: oracle::
