#!/usr/bin/env bash
# The backends beside flex, on a machine without a GPU: the whole suite on ndarray, and ten training steps on
# Vulkan against both, with Mesa's software driver (lavapipe) as the device.
#
# cubecl-spirv 0.11.3 declares shared memory as a pointer to a pointer where a driver lacks
# VK_KHR_workgroup_memory_explicit_layout, and lavapipe lacks it: Mesa 22.3 and 25.0 both end in SIGSEGV on the
# first sum. GPUs have the extension and never take that way. The two types are put right here, in a copy for this test.
set -euo pipefail
cd "$(dirname "$0")/../.."

icd() { ls /usr/share/vulkan/icd.d/lvp_icd*.json 2>/dev/null | head -1; }
if [ -z "$(icd)" ]; then
    root=""; [ "$(id -u)" = 0 ] || root="sudo -n"
    { $root apt-get update -qq && $root apt-get install -y -qq --no-install-recommends mesa-vulkan-drivers libvulkan1; } ||
        echo "NOT TESTED: vulkan, for want of mesa-vulkan-drivers" >&2
fi
expect=flex,ndarray
[ -z "$(icd)" ] || expect=$expect,vulkan

work=$(mktemp -d)
cp Cargo.lock "$work/Cargo.lock"
trap 'cp "$work/Cargo.lock" Cargo.lock; rm -rf "$work"' EXIT
cargo fetch --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
registry=$(dirname "$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/cubecl-spirv-0.11.3 | head -1)")
mended="${CARGO_TARGET_DIR:-$PWD/target}/cubecl-spirv"
mkdir -p "$(dirname "$mended")"
[ -d "$mended" ] || cp -r "$registry/cubecl-spirv-0.11.3" "$mended"
python3 - "$mended/src/ops/memory.rs" <<'PY'
import sys
path = sys.argv[1]
text = open(path).read()
start, end = text.index("fn lower_shared_implicit"), text.index("fn lower_shared_explicit")
body = text[start:end]
swapped = body.replace("let ty = ty_to_spirv_dialect(ctx, slice.value_ty(ctx).get_type(ctx));",
                       "let value_ty = ty_to_spirv_dialect(ctx, slice.value_ty(ctx).get_type(ctx));")
swapped = swapped.replace("let value_ty = ty_to_spirv_dialect(ctx, slice.result_type(ctx));",
                          "let ty = ty_to_spirv_dialect(ctx, slice.result_type(ctx));")
if swapped != body:
    open(path, "w").write(text[:start] + swapped + text[end:])
PY

# What drives a GPU, and the program itself, are compiled with little optimisation: that saves minutes, and neither ten steps
# nor the suite, which waits for Python and for other programs most of the time, need more of it.
little() { sed -n 's/^name = "\(ash\|backburn\|burn-cubecl\|burn-wgpu\|cubecl-core\|cubecl-opt\|cubecl-spirv\|cubecl-std\|cubecl-wgpu\|cubek-[a-z]*\|naga\|pliron\|pliron-spirv\|tracel-ash\|tracel-rspirv\|wgpu\|wgpu-core\|wgpu-hal\)"$/\1/p' Cargo.lock; }
build=(cargo test --release --features ndarray,vulkan --config "patch.crates-io.cubecl-spirv.path='$mended'")
for package in $(little); do build+=(--config "profile.release.package.$package.opt-level=1"); done
# The rooms that ask no backend anything.
without=()
for room in backends docs faces gradcheck hostile house import layouts names script shell; do without+=(--skip "$room::"); done
BACKBURN_DEVICE=ndarray "${build[@]}" --lib --test tests -- "${without[@]}"
export VK_DRIVER_FILES VK_ICD_FILENAMES
VK_DRIVER_FILES=$(icd) VK_ICD_FILENAMES=$(icd)
BACKBURN_EXPECT=$expect "${build[@]}" --test tests -- backends:: --nocapture
