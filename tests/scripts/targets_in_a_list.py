"""Targets are a plain list of lists, from which numpy makes an array in every difference; right."""
import numpy as np

rng = np.random.RandomState(2)
inputs = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.5, 0.2, 1.0]])
goals = [[0], [1], [1], [0], [1]]
V, U = rng.randn(3, 5), rng.randn(5, 1)
for i in range(200):
    a = np.tanh(inputs.dot(V))
    p = 1 / (1 + np.exp(-a.dot(U)))
    d = (goals - p) * p * (1 - p)
    e = d.dot(U.T) * (1 - a ** 2)
    U += 0.5 * a.T.dot(d)
    V += 0.5 * inputs.T.dot(e)
