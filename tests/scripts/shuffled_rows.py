"""Mini-batches of rows that are shuffled before every epoch; right."""
import numpy as np

rng = np.random.default_rng(38)
classes = np.repeat(np.arange(3), 20)
X = rng.standard_normal((60, 5)) + classes[:, None]
Y = np.eye(3)[classes]
W = rng.standard_normal((5, 3)) * 0.1
b = np.zeros(3)
for epoch in range(10):
    order = rng.permutation(60)
    X, Y = X[order], Y[order]
    for i in range(0, 60, 10):
        x, y = X[i:i + 10], Y[i:i + 10]
        z = x @ W + b
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        d = (p - y) / len(x)
        W -= 0.1 * x.T @ d
        b -= 0.1 * d.sum(axis=0)
