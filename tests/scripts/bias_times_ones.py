"""Samples are columns, and a bias is multiplied with a row of ones before it is added; right."""
import numpy as np

rng = np.random.RandomState(18)
X = rng.randn(3, 30)
T = np.sin(X[:1] + X[1:2])
A, a = rng.randn(5, 3) * 0.5, rng.randn(5, 1) * 0.1
B, b = rng.randn(1, 5) * 0.5, np.zeros((1, 1))
for i in range(50):
    h = np.tanh(A @ X + a * np.ones((1, 30)))
    p = B @ h + b
    d = (p - T) / 30
    e = (B.T @ d) * (1 - h * h)
    B = B - 0.3 * d @ h.T
    b = b - 0.3 * d.sum(axis=1, keepdims=True)
    A = A - 0.3 * e @ X.T
    a = a - 0.3 * e.sum(axis=1, keepdims=True)
