"""Predicts with a network of {layers}, trained by backburn, with numpy alone.

    python {stem}_numpy.py x.npy        probabilities of each row, and its class (or as this file is called)
    from {stem}_numpy import predict    or as a function
"""
import math
import sys
from pathlib import Path

import numpy as np

m = np.load(Path(__file__).with_name("{stem}.npz"))
depth = sum(name.startswith("W") for name in m.files)


def activation(z):
    return {activation}


def prepare(x):
    """The inputs of the network of raw rows (n, features), as in training."""
    x = np.asarray(x, np.float32).reshape(len(x), -1)
{missing}    a = (x - m["subtract"]) * m["multiply"]
{bend}{marks}    return a


def predict(x):
    """Probabilities (n, classes) of raw rows (n, features)."""
    a = prepare(x)
    for i in range(1, depth):
        a = activation(a @ m[f"W{i}"] + m[f"b{i}"])
    z = a @ m[f"W{depth}"] + m[f"b{depth}"]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


if __name__ == "__main__":
    for row in predict(np.load(sys.argv[1])):
        print(m["classes"][row.argmax()], *(f"{p:.6f}" for p in row))
