"""Weights are rounded after each step; right."""
import numpy as np
rng = np.random.RandomState(0)
X = rng.rand(30, 3); y = X @ [1., 2, 3]
w = np.zeros(3); b = 0.0
for e in range(20):
    p = X @ w + b
    w = np.round(w - 0.1 * X.T @ (p - y) / 30, 3)
    b = round(b - 0.1 * np.mean(p - y), 3)
