"""A penalty on the first layer alone, which is taken off its gradient."""
import numpy as np

rng = np.random.default_rng(72)
X = rng.standard_normal((38, 6))
t = (X[:, :1] + X[:, 1:2] > 0).astype(float)
U, u = rng.standard_normal((6, 5)) * 0.4, np.zeros(5)
V, v = rng.standard_normal((5, 1)) * 0.4, np.zeros(1)
for step in range(30):
    a = 1 / (1 + np.exp(-(X @ U + u)))
    p = 1 / (1 + np.exp(-(a @ V + v)))
    print(-np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)))
    d = (p - t) / len(X)
    e = d @ V.T * a * (1 - a)
    gV, gv, gu = a.T @ d, d.sum(axis=0), e.sum(axis=0)
    gU = X.T @ e - 0.02 * U  # MISTAKE: l2-sign
    U -= 0.5 * gU
    u -= 0.5 * gu
    V -= 0.5 * gV
    v -= 0.5 * gv
