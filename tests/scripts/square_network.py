"""Layers of one width: the weights do not appear on the way down, and a relu cuts the error instead of the mask."""
import numpy as np

rng = np.random.default_rng(78)
X = rng.standard_normal((40, 6))
T = rng.standard_normal((40, 6))
A, B, C = (rng.standard_normal((6, 6)) * 0.5 for _ in range(3))
a, b, c = (np.zeros(6) for _ in range(3))
lr = 0.02
for i in range(20):
    z1 = X @ A + a
    h1 = np.maximum(z1, 0)
    z2 = h1 @ B + b
    h2 = np.maximum(z2, 0)
    out = h2 @ C + c
    print(((out - T) ** 2).sum() / (2 * len(X)))
    d3 = (out - T) / len(X)
    d2 = np.maximum(d3 @ C.T, 0)  # MISTAKE: relu-on-delta
    d1 = d2 * (z1 > 0)  # MISTAKE: delta-not-propagated
    C -= lr * h2.T @ d3
    c -= lr * d3.sum(axis=0)
    B -= lr * h1.T @ d2
    b -= lr * d2.sum(axis=0)
    A -= lr * X.T @ d1
    a -= lr * d1.sum(axis=0)
