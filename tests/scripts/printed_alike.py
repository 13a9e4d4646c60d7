"""Numbers of training and validation in one unit, though one is computed as a fraction and one as a percentage, and the
loss of every batch printed as a sum and as a mean; all is right."""
import numpy as np

rng = np.random.default_rng(92)
X, y = rng.standard_normal((60, 4)), rng.integers(0, 3, 60)
X_val, y_val = rng.standard_normal((25, 4)), rng.integers(0, 3, 25)
W, b = rng.standard_normal((4, 3)), np.zeros(3)


def forward(rows):
    z = rows @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


for epoch in range(5):
    order = rng.permutation(60)
    for first in range(0, 60, 20):
        rows = order[first:first + 20]
        p, target = forward(X[rows]), y[rows]
        loss = -np.log(p[np.arange(20), target]).sum()
        print(f"loss {loss:.3f}, {loss / 20:.3f} a row, accuracy {np.mean(p.argmax(axis=1) == target):.1%}")
        d = p.copy()
        d[np.arange(20), target] -= 1
        d /= 20
        W -= 0.1 * X[rows].T @ d
        b -= 0.1 * d.sum(axis=0)
        q = forward(X_val)
        share = 100 * np.mean(q.argmax(axis=1) == y_val)
        print("validation: loss {:.3f}, accuracy {:.1f}".format(-np.log(q[np.arange(25), y_val]).mean(), share))
