"""A printed loss that is averaged over the classes as well as the rows; the gradients are right."""
import numpy as np

rng = np.random.default_rng(71)
X = rng.standard_normal((40, 5))
labels = rng.integers(0, 4, 40)
Y = np.eye(4)[labels]
W1, b1 = rng.standard_normal((5, 6)) * 0.4, np.zeros(6)
W2, b2 = rng.standard_normal((6, 4)) * 0.4, np.zeros(4)
for epoch in range(10):
    h = np.tanh(X @ W1 + b1)
    z = h @ W2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.mean(Y * np.log(p))  # MISTAKE: loss-over-classes
    print(epoch, loss)
    d2 = (p - Y) / len(X)
    d1 = (d2 @ W2.T) * (1 - h ** 2)
    W2 -= 0.1 * h.T @ d2
    b2 -= 0.1 * d2.sum(axis=0)
    W1 -= 0.1 * X.T @ d1
    b1 -= 0.1 * d1.sum(axis=0)
