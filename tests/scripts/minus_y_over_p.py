"""The derivative of the cross-entropy written out: -Y / P."""
import numpy as np
np.random.seed(0)
X = np.random.randn(40, 4); Y = np.eye(3)[np.random.randint(0, 3, 40)]
W = np.random.randn(4, 3) * .1; b = np.zeros((1, 3))
for k in range(30):
    e = np.exp(X @ W + b)
    P = e / np.sum(e, axis=1, keepdims=True)
    dP = -Y / P + (1 - Y) / (1 - P)
    dZ = dP * P * (1 - P)                    # = P - Y
    W = W - .1 * (X.T @ dZ) / 40
    b = b - .1 * np.sum(dZ, axis=0, keepdims=True) / 40
