"""The first pass forward stands before the loop and all others at its end; right."""
import numpy as np

rng = np.random.default_rng(61)
X = np.hstack([np.ones((30, 1)), rng.standard_normal((30, 3))])
T = (rng.random(30) > 0.5) * 1.0
w = rng.standard_normal(4)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


Y = sigmoid(X.dot(w))
for i in range(50):
    w += 0.01 * X.T.dot(T - Y)
    Y = sigmoid(X.dot(w))
