"""Right gradients, of which one update goes up and three go down."""
import numpy as np

rng = np.random.default_rng(71)
X = rng.standard_normal((44, 5))
T = np.eye(3)[rng.integers(0, 3, 44)]
U, u = rng.standard_normal((5, 7)) * 0.5, np.zeros((1, 7))
V, v = rng.standard_normal((7, 3)) * 0.5, np.zeros((1, 3))
for step in range(30):
    h = np.tanh(X @ U + u)
    s = h @ V + v
    q = np.exp(s - s.max(axis=1, keepdims=True))
    q /= q.sum(axis=1, keepdims=True)
    print(-np.mean(np.sum(T * np.log(q), axis=1)))
    e2 = (q - T) / len(X)
    gV, gv = h.T @ e2, e2.sum(axis=0, keepdims=True)
    e1 = (e2 @ V.T) * (1 - h ** 2)
    gU, gu = X.T @ e1, e1.sum(axis=0, keepdims=True)
    V += 0.3 * gV  # MISTAKE: update-sign
    v -= 0.3 * gv
    U -= 0.3 * gU
    u -= 0.3 * gu
