"""One update by hand, then new weights and the loop; right."""
import numpy as np
rng = np.random.RandomState(5)
s = lambda z: 1 / (1 + np.exp(-z))
X = rng.rand(12, 3); Y = (X.sum(1) > 1.5) * 1.0
W1, W2 = rng.randn(3, 4), rng.randn(4)
# by hand
h = s(X @ W1)
o = s(h @ W2)
d = (o - Y) * o * (1 - o)
W1 -= 0.3 * X.T @ (np.outer(d, W2) * h * (1 - h))
W2 -= 0.3 * h.T @ d
print(W1, W2)
# from new weights
W1, W2 = rng.randn(3, 4), rng.randn(4)
for e in range(20):
    h = s(X @ W1)
    o = s(h @ W2)
    d = (o - Y) * o * (1 - o)
    g1 = X.T @ (np.outer(d, W2) * h * (1 - h))
    g2 = h.T @ d
    W1 -= 0.3 * g1
    W2 -= 0.3 * g2
