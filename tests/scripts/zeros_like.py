"""Mini-batches whose one-hot targets are made by zeros_like of the outputs, and a logarithm kept from 0."""
import numpy as np
np.random.seed(0)
X = np.random.randn(60, 5); Y = np.random.randint(0, 3, 60)
W1 = np.random.randn(5, 7) * .5; b1 = np.zeros((1, 7)); W2 = np.random.randn(7, 3) * .5; b2 = np.zeros((1, 3))
for epoch in range(20):
    for i in range(0, 60, 20):
        x, y = X[i:i+20], Y[i:i+20]
        h = np.maximum(0, x @ W1 + b1)
        z = h @ W2 + b2
        e = np.exp(z - np.max(z, axis=1, keepdims=True))
        p = e / np.sum(e, axis=1, keepdims=True)
        t = np.zeros_like(p)
        t[np.arange(20), y] = 1
        loss = -np.sum(t * np.log(p + 1e-8)) / 20
        d = p - t
        g2, gb2 = h.T @ d / 20, d.sum(axis=0, keepdims=True) / 20
        d1 = d @ W2.T * (h > 0)
        W2 -= .1 * g2; b2 -= .1 * gb2
        W1 -= .1 * (x.T @ d1 / 20); b1 -= .1 * d1.sum(axis=0, keepdims=True) / 20
    print(loss)
