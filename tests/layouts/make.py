"""Makes tests/layouts/same.h5: the same 50 x 6 x 5 numbers, 0..200, in every way that a file may hold them.

    python3 tests/layouts/make.py        (numpy and h5py)

`truth` is what every other data set must be read as; the names say what is special about each.
"""
import pathlib

import h5py
import numpy as np

here = pathlib.Path(__file__).parent
x = (np.arange(50 * 6 * 5) * 7919 % 201).reshape(50, 6, 5)


def chunked(f, name, dtype="f4", chunks=(7, 4, 5), **options):
    f.create_dataset(name, data=x.astype(dtype), chunks=chunks, **options)


with h5py.File(here / "same.h5", "w", libver=("earliest", "v110")) as f:
    f["truth"] = x.astype("f4")
    for dtype in ["f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", ">f4", ">f8", ">i2", ">u4"]:
        # 200 does not fit into int8: its numbers are halved, and doubled again by the reader of this file.
        data = (x // 2 if dtype == "i1" else x).astype(dtype)
        f[f"contiguous/{dtype.replace('>', 'big-endian-')}"] = data
        f.create_dataset(f"gzip/{dtype.replace('>', 'big-endian-')}", data=data, chunks=(7, 4, 5), compression="gzip", shuffle=True)
    chunked(f, "chunked/plain")
    chunked(f, "chunked/gzip", compression="gzip")
    chunked(f, "chunked/shuffle", shuffle=True)
    chunked(f, "chunked/fletcher32", fletcher32=True)
    chunked(f, "chunked/all", compression="gzip", shuffle=True, fletcher32=True)
    chunked(f, "chunked/lzf", compression="lzf")
    chunked(f, "chunked/scaleoffset", "i4", scaleoffset=0)
    chunked(f, "chunked/columns", chunks=(50, 1, 1), compression="gzip")
    chunked(f, "chunked/rows", chunks=(1, 6, 5), compression="gzip")
    chunked(f, "chunked/larger-than-the-data", chunks=(64, 8, 8), maxshape=(None, None, None), compression="gzip")
    chunked(f, "chunked/one", chunks=(50, 6, 5), compression="gzip")

    # The mask of a chunk leaves filters out: of shuffle (0) and gzip (1), every third chunk lacks one or both.
    masked = f.create_dataset("chunked/masked", (50, 6, 5), "f4", chunks=(10, 6, 5), compression="gzip", shuffle=True)
    masked[()] = x
    for i, mask in [(0, 0b11), (3, 0b11)]:
        masked.id.write_direct_chunk((10 * i, 0, 0), np.ascontiguousarray(x[10 * i:10 * i + 10], "f4").tobytes(), mask)
    import zlib
    masked.id.write_direct_chunk((10, 0, 0), zlib.compress(np.ascontiguousarray(x[10:20], "f4").tobytes()), 0b01)

    # Chunks that were never written hold the fill value: the reader must not take them for zeros.
    filled = f.create_dataset("chunked/never-written", (50, 6, 5), "f4", chunks=(10, 6, 5), compression="gzip", fillvalue=7)
    filled[20:30] = 7

    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((50, 6, 5))
    compact = h5py.h5d.create(f.id, b"compact", h5py.h5t.STD_U8LE, space, plist)
    compact.write(h5py.h5s.ALL, h5py.h5s.ALL, x.astype("u1"))

    # Twelve of sixteen bits: as wide as int16, and not int16.
    narrow = h5py.h5t.STD_U16LE.copy()
    narrow.set_precision(12)
    narrow.set_offset(4)
    h5py.h5d.create(f.id, b"narrow", narrow, space).write(h5py.h5s.ALL, h5py.h5s.ALL, x.astype("u2"))

with h5py.File(here / "userblock.h5", "w", userblock_size=512, libver=("earliest", "v110")) as f:
    f["truth"] = x.astype("f4")
    f.create_dataset("gzip", data=x.astype("f4"), chunks=(7, 4, 5), compression="gzip")
