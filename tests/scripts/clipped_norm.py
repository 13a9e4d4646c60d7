"""Gradients are clipped before they are used; right."""
import numpy as np
rng = np.random.RandomState(0)
X = rng.randn(40, 5); Y = rng.randn(40, 1) * 5
W1, b1, W2, b2 = rng.randn(5, 8) * .5, np.zeros(8), rng.randn(8, 1) * .5, np.zeros(1)
for i in range(100):
    z = X @ W1 + b1
    a = np.tanh(z)
    p = a @ W2 + b2
    d = (p - Y) / len(X)
    dW2, db2 = a.T @ d, d.sum(axis=0)
    dz = (d @ W2.T) * (1 - a ** 2)
    dW1, db1 = X.T @ dz, dz.sum(axis=0)
    for g in (dW1, db1, dW2, db2):
        n = np.sqrt((g ** 2).sum())
        if n > 0.2: g *= 0.2 / n
    W1 -= 0.1 * dW1; b1 -= 0.1 * db1; W2 -= 0.1 * dW2; b2 -= 0.1 * db2
