"""Freezes what the tests compare with; run where onnx, onnxruntime, torch, h5py and numpy are.

    python tests/export/make.py PATH/TO/backburn

For each activation it makes a small model, exports it with the program, lets `agree.py` judge every format, and only
then keeps ACTIVATION.safetensors and ACTIVATION.onnx. It also writes weights as PyTorch (torch.safetensors) and as
numpy people (numpy.npz) save them, each with an input and the logits that PyTorch computes, for `train --from`.
"""
import json
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
import torch

program, here = str(Path(sys.argv[1]).resolve()), Path(__file__).parent
torch.manual_seed(7)
rng = np.random.default_rng(7)


def write(path, tensors, metadata=None):
    """A safetensors file: length, JSON header, bytes."""
    header, offset = ({"__metadata__": metadata} if metadata else {}), 0
    for name, tensor in tensors.items():
        size = tensor.numel() * 4
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    raw = b"".join(t.detach().numpy().astype("<f4").tobytes() for t in tensors.values())
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + raw)


def judge(activation):
    layers, classes = [6, 5, 4, 3], ["cat", "dog", "größer"]
    pairs = [torch.nn.Linear(*pair) for pair in zip(layers, layers[1:])]
    tensors = {}
    for i, linear in enumerate(pairs):
        tensors |= {f"layers.{i}.weight": linear.weight * 3, f"layers.{i}.bias": linear.bias * 3}
    scale = [[float(np.float32(i)), float(np.float32(0.5 + i / 8))] for i in range(6)]
    about = {"network": {"layers": layers, "activation": activation, "dropout": 0.0}, "input": [2, 3], "scale": scale,
             "classes": classes, "labels": classes}
    with tempfile.TemporaryDirectory() as folder:
        model = f"{folder}/{activation}.safetensors"
        write(model, tensors, {"backburn": json.dumps(about)})
        with h5py.File(f"{folder}/x.h5", "w") as file:
            file["x_test"] = rng.normal(2, 3, (1000, 2, 3)).astype(np.float32)
            file["y_test"] = np.zeros(1000, np.int32)
        subprocess.run([program, "predict", model, f"{folder}/x.h5", "--x", "x_test", "-o", f"{folder}/p.h5"], check=True)
        for form in ("npz", "onnx", "hdf5", "safetensors", "pytorch-script"):
            ending = {"hdf5": "h5", "pytorch-script": "npz"}.get(form, form)
            command = [program, "export", model, "--format", form, "-o", f"{folder}/m.{ending}", "--overwrite"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        print(activation, flush=True)
        subprocess.run([sys.executable, here / "agree.py", folder, f"{folder}/x.h5", f"{folder}/p.h5"], check=True)
        shutil.copy(f"{folder}/m.onnx", here / f"{activation}.onnx")
        shutil.copy(f"{folder}/m.safetensors", here / f"{activation}.safetensors")


for activation in ("sigmoid", "tanh", "relu", "leaky-relu", "gelu", "silu"):
    judge(activation)


class Net(torch.nn.Module):
    """Names as people give them; fc10 comes before fc2 in the alphabet."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc10 = torch.nn.Linear(4, 5), torch.nn.Linear(5, 3), torch.nn.Linear(3, 2)

    def forward(self, x):
        return self.fc10(self.fc2(self.fc1(x).relu()).relu())


net, x = Net(), torch.tensor(rng.normal(size=(8, 4)), dtype=torch.float32)
state = dict(sorted(net.state_dict().items()))
write(here / "torch.safetensors", state | {"x": x, "logits": net(x)})
arrays = {}
for i, name in enumerate(("fc1", "fc2", "fc10"), 1):
    arrays[f"W{i}"] = state[f"{name}.weight"].double().numpy().T  # (in, out), column-major in memory
    arrays[f"b{i}"] = state[f"{name}.bias"].double().numpy()[None]  # (1, out), as beginners keep it
np.savez(here / "numpy.npz", x=x.numpy(), logits=net(x).detach().numpy(), **arrays)
