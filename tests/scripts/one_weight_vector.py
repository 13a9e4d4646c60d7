"""A single neuron with a vector of weights and a number as bias, row by row; right."""
import numpy as np


class Neuron:
    def __init__(self, n):
        rng = np.random.default_rng(94)
        self.w, self.b = rng.standard_normal(n) * 0.3, np.zeros(1)

    def predict(self, x):
        return 1 / (1 + np.exp(-(np.dot(self.w, x) + self.b)))


rng = np.random.default_rng(95)
X = rng.standard_normal((30, 3))
y = (X.sum(axis=1) > 0).astype(float)
neuron = Neuron(3)
for epoch in range(5):
    for x, target in zip(X, y):
        error = neuron.predict(x) - target
        neuron.w -= 0.1 * error * x
        neuron.b -= 0.1 * error
