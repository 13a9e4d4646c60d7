"""Activations are lists of numbers that np.add, np.subtract and np.multiply are given. Right."""
import numpy as np

rng = np.random.RandomState(5)
data = [([0.2, 0.7, -0.4], [1.0, 0.0]), ([-0.6, 0.1, 0.9], [0.0, 1.0]), ([0.5, -0.8, 0.3], [1.0, 0.0])]
W1, b1 = rng.randn(4, 3) * 0.5, rng.randn(4) * 0.1
W2, b2 = rng.randn(2, 4) * 0.5, rng.randn(2) * 0.1
rate = 0.3


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


for epoch in range(200):
    for x, target in data:
        hidden = [sigmoid(v) for v in np.add(np.dot(W1, x), b1)]
        out = [sigmoid(v) for v in np.add(np.dot(W2, hidden), b2)]
        error = np.subtract(out, target)
        d2 = np.multiply(error, np.multiply(out, np.subtract(1, out)))
        d1 = np.multiply(np.dot(W2.T, d2), np.multiply(hidden, np.subtract(1, hidden)))
        W2 = np.subtract(W2, rate * np.outer(d2, hidden))
        b2 = np.subtract(b2, rate * d2)
        W1 = np.subtract(W1, rate * np.outer(d1, x))
        b1 = np.subtract(b1, rate * d1)
