"""The momentum is on the errors: each holds 0.9 of the one before. The first update, where none is left yet, is right."""
import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(20, 4)
Y = np.eye(2)[rng.randint(0, 2, 20)]
W1, W2 = rng.randn(4, 6) * 0.4, rng.randn(6, 2) * 0.4
rate, momentum = 0.1, 0.9
old2, old1 = np.zeros((20, 2)), np.zeros((20, 6))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(100):
    a = sigmoid(X @ W1)
    p = sigmoid(a @ W2)
    d2 = (p - Y) * p * (1 - p) + momentum * old2
    d1 = (d2 @ W2.T) * a * (1 - a) + momentum * old1
    W2 -= rate * a.T @ d2
    W1 -= rate * X.T @ d1
    old2, old1 = d2, d1
