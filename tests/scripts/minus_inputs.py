"""The exponent is made of -x, so that the product is -z, with a bias that is taken off it. Right."""
import numpy as np

rng = np.random.RandomState(29)
X = rng.randn(30, 3)
t = (X[:, :1] > 0) * 1.0
W1, b1, W2, b2 = rng.randn(3, 6), rng.randn(6), rng.randn(6, 1), np.zeros(1)
for epoch in range(40):
    a = 1 / (1 + np.exp(-X @ W1 - b1))
    p = 1 / (1 + np.exp(-a @ W2 - b2))
    d2 = (p - t) / len(X)
    d1 = (d2 @ W2.T) * a * (1 - a)
    W2 -= 0.3 * a.T @ d2
    b2 -= 0.3 * d2.sum(axis=0)
    W1 -= 0.3 * X.T @ d1
    b1 -= 0.3 * d1.sum(axis=0)
