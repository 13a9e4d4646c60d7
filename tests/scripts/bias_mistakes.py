"""The sum of one bias has no axis, the other bias has the other sign."""
import numpy as np

rng = np.random.default_rng(34)
X = rng.standard_normal((30, 5))
Y = np.eye(4)[rng.integers(0, 4, 30)]
W1, b1 = rng.standard_normal((5, 6)) * 0.5, rng.standard_normal((1, 6)) * 0.1
W2, b2 = rng.standard_normal((6, 4)) * 0.5, rng.standard_normal((1, 4)) * 0.1
m = X.shape[0]
learning_rate = 0.05
for i in range(20):
    Z1 = X.dot(W1) + b1
    A1 = np.tanh(Z1)
    Z2 = A1.dot(W2) + b2
    exps = np.exp(Z2)
    A2 = exps / exps.sum(axis=1, keepdims=True)
    dZ2 = A2 - Y
    dW2 = A1.T.dot(dZ2) / m
    db2 = -np.sum(dZ2, axis=0, keepdims=True) / m  # MISTAKE: bias-sign
    dZ1 = dZ2.dot(W2.T) * (1 - A1 ** 2)
    dW1 = X.T.dot(dZ1) / m
    db1 = np.sum(dZ1) / m  # MISTAKE: bias-gradient-scalar
    W2 -= learning_rate * dW2
    b2 -= learning_rate * db2
    W1 -= learning_rate * dW1
    b1 -= learning_rate * db1
