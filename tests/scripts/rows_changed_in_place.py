"""Rows in a list are changed in place; the derivative of the hidden units is that of z."""
import numpy as np

np.random.seed(2)
X = np.random.rand(30, 3)
T = (X.sum(axis=1) > 1.5).astype(float)
W = [np.random.randn(3) for _ in range(4)]
B = [0.0 for _ in range(4)]
V = np.random.randn(4)
c = 0.0
lr = 0.2


def sig(z):
    return 1.0 / (1.0 + np.exp(-z))


for epoch in range(200):
    for i in range(len(X)):
        x, t = X[i], T[i]
        z = [W[j].dot(x) + B[j] for j in range(4)]
        h = [sig(v) for v in z]
        o = sig(np.dot(V, h) + c)
        d = (o - t) * o * (1 - o)
        e = [d * V[j] * z[j] * (1 - z[j]) for j in range(4)]  # MISTAKE: activation-derivative-of-preactivation
        for j in range(4):
            V[j] -= lr * d * h[j]
            W[j] -= lr * e[j] * x
            B[j] -= lr * e[j]
        c -= lr * d
