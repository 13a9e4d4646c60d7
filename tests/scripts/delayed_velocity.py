"""A velocity is used before it takes up the new gradient, so that each step belongs to the batch before; right."""
import numpy as np
rng = np.random.RandomState(3)
X = rng.rand(60, 4); Y = np.eye(3)[rng.randint(0, 3, 60)]
W1, W2 = rng.randn(4, 6) * .5, rng.randn(6, 3) * .5
v1, v2 = np.zeros_like(W1), np.zeros_like(W2)
for epoch in range(5):
    for i in range(0, 60, 10):
        x, y = X[i:i+10], Y[i:i+10]
        h = np.tanh(x @ W1)
        z = h @ W2
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        W1 = W1 - v1
        d2 = (p - y) / len(x)
        d1 = (d2 @ W2.T) * (1 - h * h)
        W2 = W2 - v2
        v1 = 0.1 * x.T @ d1 + 0.9 * v1
        v2 = 0.1 * h.T @ d2 + 0.9 * v2
