"""Weights are joined with their biases before each product; right."""
import numpy as np
rng = np.random.RandomState(8)
x = rng.randn(2, 30); y = rng.rand(2, 30)
w, v = rng.randn(6, 2), rng.randn(2, 6)
b, c = np.zeros((6, 1)), np.zeros((2, 1))
one = np.ones((1, 30))
for i in range(9):
    a = np.maximum(0, np.hstack((w, b)) @ np.vstack((x, one)))
    p = np.hstack((v, c)) @ np.vstack((a, one))
    d = (p - y) / 30
    e = (v.T @ d) * (a > 0)
    v -= 0.1 * d @ a.T
    c -= 0.1 * d.sum(axis=1, keepdims=True)
    w -= 0.1 * e @ x.T
    b -= 0.1 * e.sum(axis=1, keepdims=True)
