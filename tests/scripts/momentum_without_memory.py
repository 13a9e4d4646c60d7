"""A momentum that multiplies the gradient of this step, and not the step before. The gradients are right."""
import numpy as np

rng = np.random.RandomState(21)
X = rng.randn(26, 4)
t = (X[:, :1] > 0) * 1.0
W1, b1, W2, b2 = rng.randn(4, 5), np.zeros(5), rng.randn(5, 1), np.zeros(1)
rate, momentum = 0.04, 0.8
for epoch in range(50):
    a = np.tanh(X @ W1 + b1)
    p = 1 / (1 + np.exp(-(a @ W2 + b2)))
    d2 = (p - t) / len(X)
    d1 = (d2 @ W2.T) * (1 - a ** 2)
    v2, v1 = a.T @ d2, X.T @ d1
    W2 -= momentum * v2 + rate * v2  # MISTAKE: momentum-without-memory
    W1 -= momentum * v1 + rate * v1  # MISTAKE: momentum-without-memory
    b2 -= rate * d2.sum(axis=0)
    b1 -= rate * d1.sum(axis=0)
