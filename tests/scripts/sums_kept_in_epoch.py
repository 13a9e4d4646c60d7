"""Sums are set to zero once an epoch, as the number 0, and the weights change after every row. Otherwise right."""
import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(12, 4)
Y = rng.rand(12, 1)
W1, W2 = rng.randn(5, 4) * 0.5, rng.randn(1, 5) * 0.5


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(100):
    sum1, sum2 = 0, 0
    for x, y in zip(X, Y):
        x, y = np.atleast_2d(x), np.atleast_2d(y)
        a = sigmoid(np.dot(x, W1.T))
        p = np.dot(a, W2.T)
        delta = y - p
        sum1 += delta * np.dot((W2 * a * (1 - a)).T, x)
        sum2 += delta * a
        W1 += 0.01 * sum1  # MISTAKE: gradient-not-reset
        W2 += 0.01 * sum2
