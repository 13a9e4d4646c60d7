"""Weights times columns, added up over the columns, and gradients added up by Python's own sum; right."""
import numpy as np
rng = np.random.RandomState(1)
X = rng.rand(30, 4); Y = (X.sum(1) > 2).astype(float)
w = rng.randn(4); b = 0.0
for epoch in range(60):
    z = np.sum(X * w, axis=1) + b
    p = 1 / (1 + np.exp(-z))
    w -= 0.1 * sum((p - Y)[:, None] * X) / len(X)
    b -= 0.1 * sum(p - Y) / len(X)
