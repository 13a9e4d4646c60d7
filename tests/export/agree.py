"""Do onnxruntime, PyTorch and numpy say what `backburn predict` says?

    python agree.py FOLDER DATA.h5 PREDICTED.h5

FOLDER holds one model as m.onnx, m.npz with m_numpy.py and m_torch.py, m.safetensors and m.h5. The first 1,000 rows
of the test half of DATA.h5 go through each; the largest difference of a probability is printed, and must be at most
1e-5. Exit 77: a package is missing.
"""
import json
import struct
import sys

try:
    import h5py
    import numpy as np
    import onnx
    import onnxruntime
    import torch
except ImportError as error:
    print(error)
    sys.exit(77)

folder, data, predicted = sys.argv[1:]
sys.path.insert(0, folder)
x = h5py.File(data)["x_test"][:1000].astype(np.float32)
x = x.reshape(len(x), -1)
want = h5py.File(predicted)["probability"][:1000]


def by_onnx():
    model = onnx.load(f"{folder}/m.onnx")
    onnx.checker.check_model(model, full_check=True)
    names = json.loads({p.key: p.value for p in model.metadata_props}["classes"])
    assert len(names) == want.shape[1]
    session = onnxruntime.InferenceSession(f"{folder}/m.onnx", providers=["CPUExecutionProvider"])
    one = session.run(None, {"x": x[:1]})[0]  # the batch dimension is free
    assert one.shape == (1, want.shape[1])
    return session.run(None, {"x": x})[0]


def by_numpy():
    import m_numpy

    return m_numpy.predict(x)


def by_torch_script():
    import m_torch

    with torch.no_grad():
        return m_torch.model(torch.tensor(x)).softmax(1).numpy()


def by_safetensors():
    """PyTorch with the tensors of the safetensors file in its own Linear layers."""
    raw = open(f"{folder}/m.safetensors", "rb").read()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + size])
    about = json.loads(header.pop("__metadata__")["backburn"])
    state = {}
    for name, entry in header.items():
        start, end = (8 + size + offset for offset in entry["data_offsets"])
        state[name] = torch.tensor(np.frombuffer(raw[start:end], "<f4").reshape(entry["shape"]).copy())
    f = torch.nn.functional
    function = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": f.relu, "gelu": f.gelu, "silu": f.silu}
    function["leaky-relu"] = lambda z: f.leaky_relu(z, 0.01)
    widths = about["network"]["layers"]
    net = torch.nn.Module()
    net.layers = torch.nn.ModuleList(torch.nn.Linear(*pair) for pair in zip(widths, widths[1:]))
    net.load_state_dict(state)
    a = torch.tensor(x)
    marks = []
    if about.get("fill"):
        for feature, code in about.get("sentinels", []):
            a[:, feature] = torch.where(a[:, feature] == code, torch.nan, a[:, feature])
    for mark in about.get("marks", []):
        column = a[:, mark["feature"]]
        marks.append(column == mark["value"] if "value" in mark else column.isnan())
    if about.get("fill"):
        a = torch.where(a.isnan(), torch.tensor(about["fill"]), a)
    if about["scale"]:
        subtract, multiply = torch.tensor(about["scale"]).T
        a = (a - subtract) * multiply
    if about.get("bend"):
        a = a / torch.sqrt(1 + (a / about["bend"]) ** 2)
    a = torch.cat([a, *(mark.float()[:, None] for mark in marks)], 1)
    with torch.no_grad():
        for layer in net.layers[:-1]:
            a = function[about["network"]["activation"]](layer(a))
        return net.layers[-1](a).softmax(1).numpy()


def by_hdf5():
    """The arrays of the HDF5 file equal those of the archive, which numpy has judged."""
    m, n = h5py.File(f"{folder}/m.h5"), np.load(f"{folder}/m.npz")
    for name in m:
        if name != "classes":
            assert np.array_equal(m[name][:], n[name], equal_nan=n[name].dtype.kind == "f"), name
    assert [c.decode() for c in m["classes"][:]] == n["classes"].tolist()
    return want


bad = False
for judge in (by_onnx, by_numpy, by_torch_script, by_safetensors, by_hdf5):
    difference = float(np.abs(judge() - want).max())
    bad |= not difference <= 1e-5
    print(f"{judge.__name__[3:]:12} {len(x)} rows, largest difference {difference:.1e}")
sys.exit(bad)
