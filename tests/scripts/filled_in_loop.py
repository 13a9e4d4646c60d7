"""Samples are written one by one into two long arrays, of which each entry is read again; right."""
import numpy as np

rng = np.random.RandomState(2)


def samples(m):
    xs, ys = np.zeros((1, m)), np.zeros((1, m))
    for i in range(m):
        xs[0][i] = rng.uniform(-3, 3)
        ys[0][i] = 1.0 if np.sin(xs[0][i]) > 0.2 else 0.0
    return xs, ys


m = 4000
X, Y = samples(m)
W, b = rng.randn(1, 1) * 0.01, np.zeros((1, 1))
for epoch in range(30):
    P = 1 / (1 + np.exp(-(W @ X + b)))
    D = (P - Y) / m
    W -= 0.5 * D @ X.T
    b -= 0.5 * D.sum(axis=1, keepdims=True)
print(W, b)
