"""A sigmoid whose e has six digits, which is one to six digits. Right."""
import numpy as np

rng = np.random.RandomState(14)
X = rng.randn(22, 3)
t = (X[:, :1] > 0) * 1.0
W1, W2 = rng.randn(3, 6), rng.randn(6, 1)


def squash(z):
    return 1 / (1 + 2.71828 ** -z)


for i in range(40):
    a = squash(X @ W1)
    p = squash(a @ W2)
    d2 = (p - t) * p * (1 - p)
    d1 = (d2 @ W2.T) * a * (1 - a)
    W2 -= 0.3 * a.T @ d2
    W1 -= 0.3 * X.T @ d1
