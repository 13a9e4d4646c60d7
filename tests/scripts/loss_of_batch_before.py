"""A loss that is computed before the batch went through the network; the gradients are right."""
import numpy as np

rng = np.random.default_rng(93)
X, Y = rng.standard_normal((60, 5)), np.eye(3)[rng.integers(0, 3, 60)]
W1, b1 = rng.standard_normal((5, 6)) * 0.5, np.zeros(6)
W2, b2 = rng.standard_normal((6, 3)) * 0.5, np.zeros(3)
p = np.full((15, 3), 1 / 3)

for epoch in range(5):
    for first in range(0, 60, 15):
        xb, yb = X[first:first + 15], Y[first:first + 15]
        h = np.tanh(xb @ W1 + b1)
        loss = -np.mean(np.sum(yb * np.log(p), axis=1))  # MISTAKE: loss-of-another-batch
        print(epoch, loss)
        e = np.exp(h @ W2 + b2)
        p = e / e.sum(axis=1, keepdims=True)
        d2 = (p - yb) / 15
        d1 = (d2 @ W2.T) * (1 - h ** 2)
        W2 -= 0.2 * h.T @ d2
        b2 -= 0.2 * d2.sum(axis=0)
        W1 -= 0.2 * xb.T @ d1
        b1 -= 0.2 * d1.sum(axis=0)
