#!/usr/bin/env bash
# Builds the program with CUDA and Vulkan where nothing but the package registries is reached, without a GPU and without
# CUDA. What comes out runs on a machine that has an NVIDIA driver; `benches/gpu.py` measures it there.
#
# cubecl-llvm wants LLVM 23.1.0 and fetches it from a place that not every machine reaches. Two packages for Python hold LLVM
# 23.1.1 as static libraries, with the code generator for NVIDIA, and serve; the build looks for a folder with a marker file.
#
#     tests/backends/cuda.sh [FEATURES]     FEATURES is cuda,vulkan, or cpu, which takes the same LLVM
set -euo pipefail
cd "$(dirname "$0")/../.."
features=${1:-cuda,vulkan}
target="${CARGO_TARGET_DIR:-$PWD/target}"
llvm="$target/llvm"
if [ ! -x "$llvm/venv/bin/python" ]; then
    python3 -m venv "$llvm/venv"
    "$llvm/venv/bin/pip" install --quiet --no-deps mlc-llvm-static==23.1.1.post0
    "$llvm/venv/bin/pip" install --quiet --no-deps mlc-llvm-static-extra-targets==23.1.1.post0
fi
prefix=$("$llvm/venv/bin/python" -m mlc_llvm_static.config --prefix)
touch "$prefix/.tracel-llvm-installed"
mkdir -p "$llvm/data/tracel"
ln -sfn "$prefix" "$llvm/data/tracel/tracel-llvm-23.1.0-4"
# The headers of the driver that the program is written against; the driver itself is found when it runs.
XDG_DATA_HOME="$llvm/data" CUDARC_CUDA_VERSION=${CUDARC_CUDA_VERSION:-13000} \
    cargo build --release --features "$features"
mkdir -p "$target/gpu"
strip -o "$target/gpu/backburn" "$target/release/backburn"
xz -T0 -4 --keep --force "$target/gpu/backburn"
ls -l "$target/gpu"
