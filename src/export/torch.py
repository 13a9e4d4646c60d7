"""The network of {layers} that backburn trained, as a PyTorch module.

    from {stem}_torch import model      # or as this file is called
    model(x)                # logits of raw rows (n, features)
    model(x).softmax(1)     # probabilities; the names are in `classes`
"""
from pathlib import Path

import numpy as np
import torch
from torch import nn

m = np.load(Path(__file__).with_name("{stem}.npz"))
classes = m["classes"].tolist()
depth = sum(name.startswith("W") for name in m.files)


class Prepare(nn.Module):
    """Raw features to the inputs that the network was trained on."""

    def __init__(self):
        super().__init__()
        for name in m.files:
            if m[name].dtype == np.float32 and not name[1:].isdigit():  # all but W1, b1 and so on
                self.register_buffer(name, torch.tensor(m[name]))

    def forward(self, x):
        x = x.flatten(1)
{missing}        a = (x - self.subtract) * self.multiply
{bend}{marks}        return a


layers = [Prepare()]
for i in range(1, depth + 1):
    inputs, outputs = m[f"W{i}"].shape
    linear = nn.Linear(inputs, outputs)
    linear.weight.data = torch.tensor(m[f"W{i}"].T.copy())  # PyTorch keeps (out, in)
    linear.bias.data = torch.tensor(m[f"b{i}"])
    layers += [linear, nn.{activation}]
model = nn.Sequential(*layers[:-1]).eval()
