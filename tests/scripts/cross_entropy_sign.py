"""Both halves of the derivative of the cross-entropy carry one sign."""
import numpy as np

rng = np.random.default_rng(77)
X = rng.standard_normal((34, 5))
y = (rng.random((34, 1)) > 0.5).astype(float)
W1, b1 = rng.standard_normal((5, 6)) * 0.5, np.zeros((1, 6))
W2, b2 = rng.standard_normal((6, 1)) * 0.5, np.zeros((1, 1))
for i in range(20):
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    A2 = 1 / (1 + np.exp(-(A1 @ W2 + b2)))
    L = -(y * np.log(A2) + (1 - y) * np.log(1 - A2)).mean()
    dA2 = -(y / A2) - (1 - y) / (1 - A2)  # MISTAKE: bce-derivative-sign
    dZ2 = dA2 * A2 * (1 - A2) / len(X)
    dZ1 = (dZ2 @ W2.T) * (1 - A1 ** 2)
    W2 = W2 - 0.1 * (A1.T @ dZ2)
    b2 = b2 - 0.1 * dZ2.sum(axis=0, keepdims=True)
    W1 = W1 - 0.1 * (X.T @ dZ1)
    b1 = b1 - 0.1 * dZ1.sum(axis=0, keepdims=True)
