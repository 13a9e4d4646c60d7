"""The rate stands in the error of the output, from where it goes down to all layers. Right."""
import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(12, 4)
Y = rng.rand(12, 2)
W1, b1 = rng.randn(4, 5), np.zeros((1, 5))
W2, b2 = rng.randn(5, 2), np.zeros((1, 2))
eta = 0.07


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(100):
    a = sigmoid(X @ W1 + b1)
    p = sigmoid(a @ W2 + b2)
    d2 = eta * (p - Y) * p * (1 - p)
    d1 = (d2 @ W2.T) * a * (1 - a)
    W2 -= a.T @ d2
    b2 -= np.sum(d2, axis=0, keepdims=True)
    W1 -= X.T @ d1
    b1 -= np.sum(d1, axis=0, keepdims=True)
