"""One output and one row at a time; its error begins with the derivative of the cross-entropy by p; right."""
import numpy as np

rng = np.random.RandomState(21)
rows = rng.rand(30, 3)
labels = (rows[:, 0] + rows[:, 1] > 1).astype(int)
v1, c1 = rng.randn(3, 4), rng.randn(1, 4)
v2, c2 = rng.randn(4, 1), rng.randn(1, 1)


def squash(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(3):
    for row, label in zip(rows, labels):
        z1 = row.dot(v1) + c1
        h = squash(z1)
        z2 = h.dot(v2) + c2
        out = squash(z2)
        d2 = ((1 - label) / (1 - out) - label / out) * squash(z2) * (1 - squash(z2))
        d1 = d2.dot(v2.T) * squash(z1) * (1 - squash(z1))
        v2 -= 0.2 * h.T.dot(d2)
        c2 -= 0.2 * d2
        v1 -= 0.2 * row.reshape(3, 1).dot(d1)
        c1 -= 0.2 * d1
