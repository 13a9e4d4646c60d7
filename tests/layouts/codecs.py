"""Makes the files of codecs that HDF5 itself does not have, and data sets that lie in several files.

    python3 tests/layouts/codecs.py        (numpy, h5py and hdf5plugin)

`codecs.h5` holds the same 20 x 6 x 5 numbers, 0..200, under every filter; `truth` is what each must be read as.
"""
import pathlib

import h5py
import hdf5plugin
import numpy as np

here = pathlib.Path(__file__).parent
x = (np.arange(20 * 6 * 5) * 7919 % 201).reshape(20, 6, 5)
noise = np.random.default_rng(0).integers(0, 2**32, (20, 25), "u4")

with h5py.File(here / "codecs.h5", "w", libver=("v110", "v110")) as f:
    f["truth"] = x.astype("f4")

    def put(name, dtype, chunks=(7, 6, 5), **options):
        f.create_dataset(name, data=x.astype(dtype), chunks=chunks, **options)

    for dtype in ["u1", "f4", ">i2"]:
        said = dtype.replace(">", "big-endian-")
        put(f"zstd/{said}", dtype, **hdf5plugin.Zstd(clevel=6))
        put(f"lz4/{said}", dtype, **hdf5plugin.LZ4())
        put(f"lz4-small-blocks/{said}", dtype, **hdf5plugin.LZ4(nbytes=64))
        put(f"bitshuffle/{said}", dtype, **hdf5plugin.Bitshuffle(cname="none"))
        put(f"bitshuffle-lz4/{said}", dtype, **hdf5plugin.Bitshuffle(cname="lz4"))
        put(f"bitshuffle-zstd/{said}", dtype, **hdf5plugin.Bitshuffle(cname="zstd"))
        put(f"bitshuffle-blocks/{said}", dtype, (19, 6, 5), **hdf5plugin.Bitshuffle(nelems=64, cname="lz4"))
    put("zstd/shuffled", "f4", shuffle=True, fletcher32=True, **hdf5plugin.Zstd())
    put("blosc", "f4", **hdf5plugin.Blosc(cname="zstd"))
    put("lzf", "f4", compression="lzf")
    # What cannot be made smaller is stored as it is.
    f["noise"] = noise
    f.create_dataset("noise-lz4", data=noise, chunks=(16, 25), **hdf5plugin.LZ4(nbytes=400))
    f.create_dataset("noise-zstd", data=noise, chunks=(16, 25), **hdf5plugin.Zstd())
    f.create_dataset("noise-bitshuffle", data=noise, chunks=(16, 25), **hdf5plugin.Bitshuffle(cname="lz4"))
    # Not read, but named.
    put("refused/szip", "f4", compression="szip")
    put("refused/bzip2", "f4", **hdf5plugin.BZip2())
    put("refused/blosc2", "f4", **hdf5plugin.Blosc2())
    put("refused/zfp", "f4", **hdf5plugin.Zfp(reversible=True))
    put("refused/sz3", "f4", **hdf5plugin.SZ3(absolute=0.1))
