"""Columns; every gradient is a mean but that of the last weight."""
import numpy as np

rng = np.random.default_rng(22)
X, Y = rng.standard_normal((6, 30)), np.eye(3)[rng.integers(0, 3, 30)].T
m = X.shape[1]
W1, b1 = rng.standard_normal((5, 6)) * 0.4, rng.standard_normal((5, 1)) * 0.4
W2, b2 = rng.standard_normal((3, 5)) * 0.4, rng.standard_normal((3, 1)) * 0.4
for i in range(5):
    Z1 = W1.dot(X) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = W2.dot(A1) + b2
    A2 = np.exp(Z2) / np.exp(Z2).sum(axis=0)
    dZ2 = A2 - Y
    dW2 = dZ2.dot(A1.T)  # MISTAKE: bias-weight-scale-mismatch
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    dW1 = 1 / m * dZ1.dot(X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    W1, b1 = W1 - 0.1 * dW1, b1 - 0.1 * db1
    W2, b2 = W2 - 0.1 * dW2, b2 - 0.1 * db2
