"""A softmax behind single rows, whose bias is moved by the error itself; right."""
import numpy as np

rng = np.random.RandomState(12)
rows = rng.randn(60, 4)
kinds = np.eye(3)[(rows[:, :3] + rng.randn(60, 3) * 0.1).argmax(axis=1)]
w, b = rng.rand(3, 4), rng.rand(3)


def shares(z):
    z = np.exp(z)
    return z / z.sum()


for epoch in range(4):
    for x, y in zip(rows, kinds):
        out = shares(w.dot(x) + b)
        error = out - y
        w -= 0.02 * np.outer(error, x)
        b -= 0.02 * error
