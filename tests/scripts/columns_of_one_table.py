"""Inputs and targets lie in the memory of one table, as the columns of a data frame do."""
import numpy as np

rng = np.random.RandomState(14)
table = np.empty((2, 40))
table[0] = rng.rand(40)
table[1] = np.sin(2 * table[0])
X, Y = table[0].reshape(40, 1), table[1].reshape(40, 1)
W1, b1 = rng.rand(1, 4), rng.rand(1, 4)
W2, b2 = rng.rand(4, 1), rng.rand(1, 1)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for i in range(100):
    h = sigmoid(X.dot(W1) + b1)
    p = sigmoid(h.dot(W2) + b2)
    error = p - Y  # MISTAKE: residual-sign
    d2 = error * p * (1 - p)
    d1 = d2.dot(W2.T) * h * (1 - h)
    W2 += 0.1 * h.T.dot(d2)
    W1 += 0.1 * X.T.dot(d1)
    b2 += 0.1 * d2.sum(axis=0, keepdims=True)
    b1 += 0.1 * d1.sum(axis=0, keepdims=True)
