"""Weights begin at zero, so that every exponential is 1, which is also the cross-entropy in bits; right."""
import numpy as np

rng = np.random.RandomState(13)
X = rng.rand(36, 3)
t = (X[:, 0] > X[:, 1]).astype(float)
w, c = np.zeros(3), 0


def squash(v):
    return 1 / (1 + np.exp(-v)) if v >= 0 else np.exp(v) / (1 + np.exp(v))


for i in range(50):
    p = np.array([squash(v) for v in np.matmul(X, w) + c])
    print(-np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)))
    w = w - 0.2 * np.matmul(X.T, p - t) / 36
    c = c - 0.2 * np.mean(p - t)
