"""A velocity is kept, and the weights move by the gradient alone."""
import numpy as np

rng = np.random.default_rng(32)
x = rng.standard_normal((36, 5))
y = np.eye(3)[rng.integers(0, 3, 36)]
W1, b1 = rng.standard_normal((5, 6)) * 0.5, np.zeros(6)
W2, b2 = rng.standard_normal((6, 3)) * 0.5, np.zeros(3)
parameters = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
velocity = {name: np.zeros_like(one) for name, one in parameters.items()}

for epoch in range(10):
    a1 = np.tanh(x @ parameters["W1"] + parameters["b1"])
    e = np.exp(a1 @ parameters["W2"] + parameters["b2"])
    p = e / e.sum(axis=1, keepdims=True)
    d2 = (p - y) / len(x)
    d1 = (d2 @ parameters["W2"].T) * (1 - a1 ** 2)
    gradients = {"W1": x.T @ d1, "b1": d1.sum(axis=0), "W2": a1.T @ d2, "b2": d2.sum(axis=0)}
    for name in parameters:
        velocity[name] = 0.9 * velocity[name] + gradients[name]
        parameters[name] = parameters[name] - 0.1 * gradients[name]  # MISTAKE: velocity-unused
