"""The weights of each unit are a row of a matrix that changes by itself; right."""
import numpy as np
rng = np.random.RandomState(1)
X = rng.rand(20, 3); Y = (X.sum(1) > 1.5) * 1.0
W1 = rng.randn(4, 3); b1 = np.zeros(4); W2 = rng.randn(4); b2 = 0.0
s = lambda z: 1 / (1 + np.exp(-z))
for e in range(30):
    for x, y in zip(X, Y):
        h = np.zeros(4)
        for u in range(4):
            h[u] = s(np.dot(W1[u], x) + b1[u])
        o = s(np.dot(W2, h) + b2)
        d = (o - y) * o * (1 - o)
        for u in range(4):
            du = d * W2[u] * h[u] * (1 - h[u])
            W1[u] -= 0.5 * du * x
            b1[u] -= 0.5 * du
        W2 -= 0.5 * d * h
        b2 -= 0.5 * d
