"""Errors are put into arrays one by one; right."""
import numpy as np
rng = np.random.RandomState(7)
X = rng.rand(16, 3); Y = (X.sum(1) > 1.5) * 1.0
W1 = rng.randn(4, 3); b1 = np.zeros(4); W2 = rng.randn(1, 4); b2 = np.zeros(1)
s = lambda z: 1 / (1 + np.exp(-z))
lr = 0.2

for e in range(20):
    for x, t in zip(X, Y):
        h = s(W1 @ x + b1)
        o = s(W2 @ h + b2)
        d2 = np.zeros(1); d1 = np.zeros(4)
        for k in range(1):
            d2[k] = (o[k] - t) * o[k] * (1 - o[k])
        for j in range(4):
            total = 0
            for k in range(1):
                total += d2[k] * W2[k][j]
            d1[j] = total * h[j] * (1 - h[j])
        W2 -= lr * np.outer(d2, h); b2 -= lr * d2
        W1 -= lr * np.outer(d1, x); b1 -= lr * d1
