"""The derivative is taken of the activation that dropout has left, with its zeros and longer by 1/keep."""
import numpy as np

rng = np.random.RandomState(12)
X = rng.randn(30, 4)
t = (X[:, :1] * X[:, 1:2] > 0) * 1.0
W1, b1 = rng.randn(4, 9), np.zeros((1, 9))
W2, b2 = rng.randn(9, 1), np.zeros((1, 1))
for epoch in range(40):
    a1 = 1 / (1 + np.exp(-(X @ W1 + b1)))
    mask = (rng.rand(*a1.shape) < 0.8).astype(float)
    a1 *= mask
    a1 /= 0.8
    a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
    print(np.mean((t - a2) ** 2))
    d2 = 2 * (a2 - t) * a2 * (1 - a2) / len(X)
    d1 = d2 @ W2.T
    d1 *= mask / 0.8
    slope = a1 * (1 - a1)
    d1 = d1 * slope  # MISTAKE: wrong-activation-derivative
    W2 -= 0.1 * a1.T @ d2
    b2 -= 0.1 * d2.sum(axis=0, keepdims=True)
    W1 -= 0.1 * X.T @ d1
    b1 -= 0.1 * d1.sum(axis=0, keepdims=True)
