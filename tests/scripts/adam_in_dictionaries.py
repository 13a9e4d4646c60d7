"""Adam over dictionaries, its rate before the quotient, behind a dropout and with a penalty on one layer; right."""
import numpy as np

rng = np.random.RandomState(17)
X = rng.randn(60, 3)
y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
P = {"W1": 0.3 * rng.randn(3, 12), "b1": np.zeros((1, 12)), "W2": 0.3 * rng.randn(12, 3), "b2": np.zeros((1, 3))}
M = {name: np.zeros_like(value) for name, value in P.items()}
V = {name: np.zeros_like(value) for name, value in P.items()}
penalty, kept, rate = 5e-4, 0.9, 0.02

for t in range(1, 40):
    z = X @ P["W1"] + P["b1"]
    mask = (rng.rand(*z.shape) < kept) / kept
    h = np.maximum(0, z) * mask
    s = h @ P["W2"] + P["b2"]
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    d2 = p.copy()
    d2[range(60), y] -= 1
    d2 /= 60
    d1 = (d2 @ P["W2"].T) * mask
    d1[z <= 0] = 0
    G = {"W2": h.T @ d2, "b2": d2.sum(axis=0, keepdims=True), "b1": d1.sum(axis=0, keepdims=True)}
    G["W1"] = X.T @ d1 + 2 * penalty * P["W1"]
    for name in P:
        M[name] = 0.9 * M[name] + 0.1 * G[name]
        V[name] = 0.999 * V[name] + 0.001 * G[name] ** 2
        P[name] += -rate * (M[name] / (1 - 0.9 ** t)) / (np.sqrt(V[name] / (1 - 0.999 ** t)) + 1e-7)
