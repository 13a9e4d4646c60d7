"""Adam on dictionaries; right."""
import numpy as np

rng = np.random.default_rng(12)
X, Y = rng.standard_normal((32, 5)), np.eye(3)[rng.integers(0, 3, 32)]
P = {"w1": rng.standard_normal((5, 6)) * 0.4, "b1": np.zeros(6), "w2": rng.standard_normal((6, 3)) * 0.4, "b2": np.zeros(3)}
M = {k: np.zeros_like(v) for k, v in P.items()}
V = {k: np.zeros_like(v) for k, v in P.items()}
for t in range(1, 30):
    Z = X @ P["w1"] + P["b1"]
    A = np.maximum(Z, 0)
    S = A @ P["w2"] + P["b2"]
    E = np.exp(S - S.max(1, keepdims=True))
    Q = E / E.sum(1, keepdims=True)
    G = {}
    D = (Q - Y) / len(X)
    G["w2"], G["b2"] = A.T @ D, D.sum(0)
    D = D @ P["w2"].T * (Z > 0)
    G["w1"], G["b1"] = X.T @ D, D.sum(0)
    for k in P:
        M[k] = 0.9 * M[k] + 0.1 * G[k]
        V[k] = 0.999 * V[k] + 0.001 * G[k] ** 2
        P[k] = P[k] - 0.01 * (M[k] / (1 - 0.9 ** t)) / (np.sqrt(V[k] / (1 - 0.999 ** t)) + 1e-8)
