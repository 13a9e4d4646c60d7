"""The same in a list of layers, with np.c_ and a gradient that is joined, too; right."""
import numpy as np
rng = np.random.RandomState(8)
X = rng.randn(30, 3); Y = np.eye(2)[rng.randint(0, 2, 30)]
W = [rng.randn(3, 5), rng.randn(5, 2)]; B = [np.zeros((1, 5)), np.zeros((1, 2))]
for i in range(9):
    A = [X]
    for w, b in zip(W, B):
        joined = np.concatenate([w, b], axis=0)
        A.append(1 / (1 + np.exp(-np.dot(np.c_[A[-1], np.ones(30)], joined))))
    d2 = (A[2] - Y) * A[2] * (1 - A[2])
    d1 = d2 @ W[1].T * A[1] * (1 - A[1])
    for k, d in ((1, d2), (0, d1)):
        g = np.c_[A[k], np.ones((30, 1))].T @ d / 30
        W[k] = W[k] - 0.5 * g[:-1]
        B[k] = B[k] - 0.5 * g[-1:]
