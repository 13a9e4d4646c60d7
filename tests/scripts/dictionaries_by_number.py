"""Dictionaries by the number of the layer, columns are samples; right, whatever the labels mean."""
import numpy as np

rng = np.random.default_rng(91)
X = rng.standard_normal((5, 36))
labels = rng.integers(0, 4, 36)
Y = np.eye(4)[:, labels]
W = {1: rng.standard_normal((6, 5)) * 0.5, 2: rng.standard_normal((4, 6)) * 0.5}
b = {1: np.zeros((6, 1)), 2: np.zeros((4, 1))}
for epoch in range(10):
    A = {0: X}
    A[1] = np.tanh(W[1] @ A[0] + b[1])
    Z = W[2] @ A[1] + b[2]
    A[2] = np.exp(Z) / np.exp(Z).sum(axis=0)
    D = {2: (A[2] - Y) / 36}
    D[1] = (W[2].T @ D[2]) * (1 - A[1] ** 2)
    for l in (1, 2):
        W[l] -= 0.2 * D[l] @ A[l - 1].T
        b[l] -= 0.2 * D[l].sum(axis=1, keepdims=True)
