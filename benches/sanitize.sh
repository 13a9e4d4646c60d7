#!/usr/bin/env bash
# The tests under LLVM's address sanitizer: every read and write of this crate's own code, its blocks of `unsafe` included,
# is checked against what was allocated. `benches/sanitize.sh [FILTER]…`; filters choose among the tests.
#
# Only this crate is compiled anew with the checks (the program, the library and its tests); what it depends on stays as a
# release has it. A sanitizer is an option of nightly compilers; RUSTC_BOOTSTRAP=1 lets a stable one take it too.
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
export RUSTC_WORKSPACE_WRAPPER=$wrapper
cargo test --release --lib --test tests -- "$@"
