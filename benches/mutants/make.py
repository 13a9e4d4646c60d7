"""Makes small files that hold every structure of HDF5 which `cargo bench --bench mutants` is to damage.

    python3 benches/mutants/make.py FOLDER        (numpy and h5py)

Each is written twice, in the oldest and in the newest form of the format. The rows have 64 features and ten classes, as
the built-in digits, so that a model of those takes them.
"""
import pathlib
import sys

import h5py
import numpy as np

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(0)
x = rng.integers(0, 17, (60, 64)).astype("f4")
y = np.arange(60) % 10
CHUNKED = dict(chunks=(16, 64), compression="gzip", shuffle=True, fletcher32=True)


def halves(f, features, labels, **options):
    for part, rows in [("train", slice(0, 40)), ("test", slice(40, 60))]:
        f.create_dataset(f"x_{part}", data=features[rows], **options)
        f[f"y_{part}"] = labels[rows]


def contiguous(f):
    halves(f, x, y)


def chunked(f):
    halves(f, x.astype("u1").reshape(60, 8, 8), y.astype("u1"), chunks=(16, 8, 5), compression="gzip", shuffle=True,
           fletcher32=True)


def growing(f):
    """One axis without limit: an extensible array; two: a B-tree; none: a fixed array."""
    for name, limit in [("x_train", (None, 64)), ("x_test", (None, None)), ("spare", (60, 64))]:
        f.create_dataset(name, data=x, maxshape=limit, chunks=(3, 16), fletcher32=True)
    f["y_train"], f["y_test"] = y, y


def lzf(f):
    halves(f, x.astype("f8"), np.eye(10, dtype="u1")[y], chunks=(16, 64), compression="lzf")


def library_only(f):
    halves(f, x.astype("i4"), y, chunks=(16, 64), scaleoffset=0)
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    compact = h5py.h5d.create(f.id, b"compact", h5py.h5t.STD_U8LE, h5py.h5s.create_simple((60, 16)), plist)
    compact.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(x[:, :16], "u1"))


def words(f):
    """Labels as text of either kind, an enum, truth values, names of classes."""
    names = np.array([f"class {n}" for n in range(10)])
    halves(f, x, names[y].astype("S8"), **CHUNKED)
    f["variable"] = names[y].astype(object)
    f["list_classes"] = names.astype("S8")
    f["true"] = y > 4
    f.create_dataset("enum", data=y, dtype=h5py.enum_dtype({"even": 0, "odd": 1}, "i8"))
    f.create_dataset("record", data=np.zeros(60, [("a", "f4"), ("b", "i2", (3,)), ("c", "S5")]))
    f["half"] = x.astype("f2")
    f["big-endian"] = x.astype(">f8")


def attributes(f):
    """Many and large notes: those of newer files lie in a fractal heap with a B-tree beside it."""
    halves(f, x, y)
    f.attrs["classes"] = [f"c{n}" for n in range(10)]
    for i in range(40):
        f.attrs[f"note {i}"] = "word " * (i % 9)
        f["x_train"].attrs[f"number {i}"] = np.arange(i + 1)
    f["x_train"].attrs["shape"] = [8, 8]


def groups(f):
    """Groups within groups, links of every kind, a group of many, a virtual data set, a block of the user's own."""
    halves(f.create_group("a/b/c"), x, y)
    for i in range(60):
        f.create_group("many").create_dataset("0", data=1) if i == 0 else f["many"].create_dataset(str(i), data=i)
    f["hard"], f["soft"] = f["a/b"], h5py.SoftLink("/a/b/c/x_train")
    f["outside"] = h5py.ExternalLink("other.h5", "/x")
    f["a/b/c/circle"] = f["a"]
    layout = h5py.VirtualLayout((40, 64), "f4")
    layout[:] = h5py.VirtualSource(".", "/a/b/c/x_train", (40, 64))
    f.create_virtual_dataset("virtual", layout)


def elsewhere(f):
    """Rows that lie in another file of the folder: a virtual data set, a link and raw storage."""
    layout = h5py.VirtualLayout((40, 64), "f4")
    layout[:24] = h5py.VirtualSource("other.h5", "/x", (40, 64))[:24]
    layout[24:] = h5py.VirtualSource("other.h5", "/x", (40, 64))[24:]
    f.create_virtual_dataset("x_train", layout)
    f["y_train"] = h5py.ExternalLink("other.h5", "/y")
    f.create_dataset("x_test", (20, 64), "f4", external=[("other.raw", 0, 20 * 64 * 4)])
    f["y_test"] = y[40:60]


def dump(f):
    """One batch of somebody's own network, for gradcheck."""
    w, b = rng.normal(size=(64, 10)) / 8, np.zeros(10)
    z = x / 16 @ w + b
    p = np.exp(z - z.max(1, keepdims=True))
    d = (p / p.sum(1, keepdims=True) - np.eye(10)[y]) / 60
    for name, value in [("x", x / 16), ("y", y), ("W1", w), ("b1", b), ("dW1", (x / 16).T @ d), ("db1", d.sum(0))]:
        f[name] = value
    f.attrs["activation"], f.attrs["output"] = "relu", "softmax"


(folder / "other.raw").write_bytes(x[40:60].tobytes())
with h5py.File(folder / "other.h5", "w") as f:
    f["x"], f["y"] = x[:40], y[:40]
for make in [contiguous, chunked, growing, lzf, library_only, words, attributes, groups, elsewhere, dump]:
    for version in ["earliest", "latest"]:
        options = dict(userblock_size=512) if make is groups else {}
        with h5py.File(folder / f"{make.__name__}-{version}.h5", "w", libver=version, **options) as f:
            make(f)
