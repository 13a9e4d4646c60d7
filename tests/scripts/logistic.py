"""Logistic regression with a vector of weights; minus the gradient is subtracted."""
import numpy as np


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


rng = np.random.default_rng(8)
X = rng.standard_normal((50, 4))
y = (X[:, 0] - X[:, 2] > 0).astype(int)
w = np.full(4, 0.1)
b = np.zeros(1)
rate = 0.2
for step in range(200):
    z = X.dot(w) + b
    h = sigmoid(z)
    loss = -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))
    error = y - h  # MISTAKE: residual-sign
    w = w - rate * X.T.dot(error) / len(y)
    b = b - rate * error.mean()
