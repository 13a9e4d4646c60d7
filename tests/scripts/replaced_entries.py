"""One entry of each row is replaced by itself less one, in a loop; right."""
import numpy as np
rng = np.random.RandomState(4)
X = rng.rand(30, 4); y = rng.randint(0, 3, 30)
W1, b1, W2, b2 = rng.randn(4, 6), np.zeros(6), rng.randn(6, 3), np.zeros(3)
for e in range(10):
    h = np.maximum(0, X @ W1 + b1)
    s = h @ W2 + b2
    p = np.exp(s); p /= p.sum(1, keepdims=True)
    d = p.copy()
    for i in range(30):
        d[i, y[i]] = d[i][y[i]] - 1
    d /= 30
    W2g, b2g = h.T @ d, d.sum(0)
    dh = d @ W2.T
    dh[h <= 0] = 0
    W1 -= 0.1 * X.T @ dh; b1 -= 0.1 * dh.sum(0)
    W2 -= 0.1 * W2g; b2 -= 0.1 * b2g
