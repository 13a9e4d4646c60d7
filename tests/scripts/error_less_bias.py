"""The error is the target less the product less the bias, so that the program has no output of its own; right."""
import numpy as np

rng = np.random.RandomState(4)
X = rng.rand(50, 3)
y = X @ np.array([1.0, -2.0, 0.5]) + 2.0
w, b = rng.rand(3), 0.5
for i in range(100):
    error = y - X @ w - b
    w = w + 0.1 * X.T @ error / 50
    b = b + 0.1 * error.mean()
    print((error ** 2).mean())
