"""The residual is y - x·W + b, which takes the bias off the output, and the step of the bias is that of one that is added."""
import numpy as np

rng = np.random.RandomState(9)
X = rng.randn(32, 2)
y = X @ np.array([1.5, -0.5]) + 2
w, b = rng.randn(2), np.array([0.3])
for i in range(60):
    error = y - X @ w + b
    w = w + 0.02 * X.T @ error / len(X)
    b = b + 0.02 * np.sum(error) / len(X)  # MISTAKE: bias-sign
