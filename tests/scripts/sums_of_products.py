"""Products are written out entry by entry and added up, one row at a time; right."""
import numpy as np
rng = np.random.RandomState(1)
X = rng.rand(30, 4); Y = (X.sum(1) > 2).astype(float)
W1 = rng.randn(5, 4); W2 = rng.randn(5)
for epoch in range(60):
    g1, g2 = 0, 0
    for x, y in zip(X, Y):
        h = 1 / (1 + np.exp(-(W1 * x).sum(axis=1)))
        o = 1 / (1 + np.exp(-np.sum(W2 * h)))
        d = o - y
        g2 += d * h
        g1 += (d * W2 * h * (1 - h))[:, None] * x
    W1 -= 0.1 * g1 / len(X)
    W2 -= 0.1 * g2 / len(X)
