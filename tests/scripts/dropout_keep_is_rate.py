"""A dropout that keeps half of the units, and a rate of a half that stands in the product. Right."""
import numpy as np

rng = np.random.RandomState(17)
X = rng.randn(24, 3)
t = (X[:, :1] > 0) * 1.0
W1, b1, W2, b2 = rng.randn(3, 7), np.zeros(7), rng.randn(7, 1), np.zeros(1)
for epoch in range(40):
    full = np.tanh(X @ W1 + b1)
    mask = (rng.rand(*full.shape) < 0.5) / 0.5
    a = full * mask
    p = 1 / (1 + np.exp(-(a @ W2 + b2)))
    d2 = (p - t) / len(X)
    d1 = (d2 @ W2.T) * mask * (1 - full ** 2)
    W2 -= 0.5 * a.T @ d2
    b2 -= 0.5 * d2.sum(axis=0)
    W1 -= 0.5 * X.T @ d1
    b1 -= 0.5 * d1.sum(axis=0)
