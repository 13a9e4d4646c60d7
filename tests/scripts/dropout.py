"""Inverted dropout; the mask is forgotten on the way back."""
import numpy as np

rng = np.random.default_rng(50)
X = rng.standard_normal((32, 6))
Y = np.eye(3)[rng.integers(0, 3, 32)]
p = {"W1": rng.standard_normal((6, 12)) * 0.4, "b1": np.zeros(12), "W2": rng.standard_normal((12, 3)) * 0.4, "b2": np.zeros(3)}
keep = 0.8
for it in range(20):
    z1 = X @ p["W1"] + p["b1"]
    a1 = np.maximum(z1, 0)
    mask = (rng.random(a1.shape) < keep) / keep
    a1 = a1 * mask
    z2 = a1 @ p["W2"] + p["b2"]
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    prob = e / e.sum(axis=1, keepdims=True)
    d2 = (prob - Y) / len(X)
    d1 = d2 @ p["W2"].T
    d1 = d1 * (z1 > 0)  # MISTAKE: dropout-mask-missing  # MISTAKE: dropout-scale-missing
    g = {"W2": a1.T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}
    for name in p:
        p[name] = p[name] - 0.1 * g[name]
