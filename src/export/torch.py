"""The network of {layers} that backburn trained, as a PyTorch module.

    from {stem}_torch import model
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


class Scale(nn.Module):
    """Raw features to those the network was trained on."""

    def __init__(self):
        super().__init__()
        self.register_buffer("subtract", torch.tensor(m["subtract"]))
        self.register_buffer("multiply", torch.tensor(m["multiply"]))

    def forward(self, x):
        return (x.flatten(1) - self.subtract) * self.multiply


layers = [Scale()]
for i in range(1, depth + 1):
    inputs, outputs = m[f"W{i}"].shape
    linear = nn.Linear(inputs, outputs)
    linear.weight.data = torch.tensor(m[f"W{i}"].T.copy())  # PyTorch keeps (out, in)
    linear.bias.data = torch.tensor(m[f"b{i}"])
    layers += [linear, nn.{activation}]
model = nn.Sequential(*layers[:-1]).eval()
