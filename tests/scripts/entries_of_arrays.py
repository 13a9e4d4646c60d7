"""Neurons are objects whose weights are arrays that are read and changed one entry at a time. Right."""
import numpy as np

rng = np.random.RandomState(5)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Neuron:
    def __init__(self, n):
        self.weights, self.bias = rng.randn(n), rng.randn()

    def forward(self, inputs):
        self.inputs = inputs
        total = self.bias
        for i in range(len(inputs)):
            total += self.weights[i] * inputs[i]
        self.out = sigmoid(total)
        return self.out

    def learn(self, delta, rate):
        for i in range(len(self.inputs)):
            self.weights[i] -= rate * delta * self.inputs[i]
        self.bias -= rate * delta


hidden, last = [Neuron(2) for _ in range(3)], Neuron(3)
rows = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
for epoch in range(200):
    for x, y in rows:
        a = [unit.forward(x) for unit in hidden]
        p = last.forward(a)
        d = (p - y) * p * (1 - p)
        for n, unit in enumerate(hidden):
            unit.delta = d * last.weights[n] * unit.out * (1 - unit.out)
        last.learn(d, 0.5)
        for unit in hidden:
            unit.learn(unit.delta, 0.5)
