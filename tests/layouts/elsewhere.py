"""Makes tests/layouts/elsewhere/: data sets whose numbers lie in other files, and a file that its writer left open.

    python3 tests/layouts/elsewhere.py        (numpy and h5py)

Every file that can be read holds the same 20 rows of 6 numbers as `x_train`, and `y_train`; half of them lie in `a.h5` and
half in `below/b.h5`.
"""
import os
import pathlib
import shutil
import subprocess
import sys

import h5py
import numpy as np

here = pathlib.Path(__file__).parent / "elsewhere"
shutil.rmtree(here, ignore_errors=True)
(here / "below").mkdir(parents=True)
os.chdir(here)
x = (np.arange(20 * 6) * 7919 % 201).reshape(20, 6).astype("f4")
y = (np.arange(20) % 2).astype("i4")


def new(name):
    return h5py.File(name, "w", libver=("v110", "v110"))


for name, part in [("a.h5", slice(0, 10)), ("below/b.h5", slice(10, 20))]:
    with new(name) as f:
        f.create_dataset("x", data=x[part], chunks=(5, 6), compression="gzip")
        f["y"] = y[part]


def virtual(file, name, sources, dtype, fill=None):
    layout = h5py.VirtualLayout((20,) + ((6,) if name == "x_train" else ()), dtype)
    for i, (source, data) in enumerate(sources):
        layout[10 * i:10 * i + 10] = h5py.VirtualSource(source, data, (10,) + layout.shape[1:])
    file.create_virtual_dataset(name, layout, fillvalue=fill)


both = ["a.h5", "below/b.h5"]
with new("virtual.h5") as f:
    virtual(f, "x_train", [(s, "x") for s in both], "f4")
    virtual(f, "y_train", [(s, "y") for s in both], "i4")
with new("links.h5") as f:
    f["x_train"] = h5py.ExternalLink("virtual.h5", "x_train")
    f["y_train"] = h5py.ExternalLink("virtual.h5", "y_train")
with new("group.h5") as f:
    f["train"] = h5py.ExternalLink("named.h5", "/inner")
with new("named.h5") as f:
    f["inner/data"] = x
    f["inner/target"] = y
    f["inner/again"] = h5py.ExternalLink("group.h5", "/")
with new("parts.h5") as f:
    layout = h5py.VirtualLayout((20, 6), "f4")
    for i in range(4):
        layout[5 * i:5 * i + 5] = h5py.VirtualSource(both[i // 2], "x", (10, 6))[5 * (i % 2):5 * (i % 2) + 5]
    f.create_virtual_dataset("x_train", layout)
    f["y_train"] = y
with new("raw.h5") as f:
    (here / "raw.bin").write_bytes(b"header.." + x.tobytes())
    f.create_dataset("x_train", x.shape, "f4", external=[("raw.bin", 8, x.nbytes)])
    f["y_train"] = y

# What must not be read, or is not there.
with new("missing.h5") as f:
    virtual(f, "x_train", [("a.h5", "x"), ("gone.h5", "x")], "f4")
    f["y_train"] = y
with new("missing-set.h5") as f:
    virtual(f, "x_train", [("a.h5", "x"), ("a.h5", "gone")], "f4")
    f["y_train"] = y
with new("missing-link.h5") as f:
    f["x_train"] = x
    f["y_train"] = y
    f["x_test"] = h5py.ExternalLink("gone.h5", "x")
with new("short.h5") as f:
    layout = h5py.VirtualLayout((20, 6), "f4")
    layout[:10] = h5py.VirtualSource("a.h5", "x", (30, 6))[15:25]
    f.create_virtual_dataset("x_train", layout)
    f["y_train"] = y
with new("outside.h5") as f:
    virtual(f, "x_train", [("a.h5", "x"), ("../codecs.h5", "noise")], "f4")
    f["y_train"] = y
with new("outside-link.h5") as f:
    f["x_train"] = h5py.ExternalLink("../codecs.h5", "noise")
    f["y_train"] = y
with new("outside-raw.h5") as f:
    f.create_dataset("x_train", x.shape, "f4", external=[("../codecs.h5", 0, x.nbytes)])
    f["y_train"] = y
with new("short-raw.h5") as f:
    f.create_dataset("x_train", (40, 6), "f4", external=[("raw.bin", 8, 40 * 6 * 4)])
    f["y_train"] = np.tile(y, 2)
with new("circle.h5") as f:
    layout = h5py.VirtualLayout((20, 6), "f4")
    layout[:] = h5py.VirtualSource(".", "x_train", (20, 6))
    f.create_virtual_dataset("x_train", layout)
    f["y_train"] = y

crash = """
import h5py, os, numpy as np
f = h5py.File("crashed.h5", "w", libver="latest")
f["x_train"] = np.zeros((20, 6), "f4")
f["y_train"] = np.arange(20) % 2
f.flush()
os._exit(1)
"""
subprocess.run([sys.executable, "-c", crash])
