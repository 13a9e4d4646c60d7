"""Weights that begin at zero give every row the same output, so that p(1 - p) is a number. Right."""
import numpy as np

X = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0]])
t = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0])
w = np.zeros(3)
step = np.ones(3)
n = len(X)
while max(abs(step)) > 0.01:
    out = 1 / (1 + np.exp(-X @ w))
    step = (2 / n) * ((out - t) * out * (1 - out)) @ X
    w = w - 0.05 * step
