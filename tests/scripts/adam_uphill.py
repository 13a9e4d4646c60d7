"""Adam adds the step that belongs to output - target, so that it climbs."""
import numpy as np

rng = np.random.RandomState(15)
X = rng.rand(30, 3)
Y = np.sin(X.sum(axis=1, keepdims=True))
theta = {"W1": rng.randn(3, 6), "b1": np.zeros(6), "W2": rng.randn(6, 1), "b2": np.zeros(1)}
first = {name: np.zeros_like(value) for name, value in theta.items()}
second = {name: np.zeros_like(value) for name, value in theta.items()}
for t in range(1, 30):
    h = np.tanh(X @ theta["W1"] + theta["b1"])
    p = h @ theta["W2"] + theta["b2"]
    d = 2 * (p - Y) / len(X)  # MISTAKE: residual-sign
    e = d @ theta["W2"].T * (1 - h ** 2)
    slopes = {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
    for name in theta:
        first[name] = 0.9 * first[name] + 0.1 * slopes[name]
        second[name] = 0.999 * second[name] + 0.001 * slopes[name] ** 2
        corrected = first[name] / (1 - 0.9 ** t)
        theta[name] += 0.01 * corrected / (np.sqrt(second[name] / (1 - 0.999 ** t)) + 1e-8)
