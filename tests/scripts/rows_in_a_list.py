"""Weights are a list of numpy rows, one for each unit; right."""
import numpy as np

rng = np.random.RandomState(5)
X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 0.0])
hidden = [rng.randn(2) for _ in range(3)]
hidden_b = [0.1, -0.2, 0.05]
out, out_b = rng.randn(3), 0.1
rate = 0.5


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(500):
    for x, y in zip(X, Y):
        a = np.array([sigmoid(np.dot(w, x) + b) for w, b in zip(hidden, hidden_b)])
        p = sigmoid(np.dot(out, a) + out_b)
        d = (p - y) * p * (1 - p)
        deltas = d * out * a * (1 - a)
        out = out - rate * d * a
        out_b = out_b - rate * d
        for n in range(3):
            hidden[n] = hidden[n] - rate * deltas[n] * x
            hidden_b[n] = hidden_b[n] - rate * deltas[n]
