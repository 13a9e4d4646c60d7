"""A gate of one neuron, learned row by row; the first row is all zeros, so that only the bias moves; right."""
import numpy as np

inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
wanted = np.array([0, 0, 0, 1])
weights, bias = np.random.RandomState(8).rand(2), np.zeros(1)
for epoch in range(100):
    for i in range(4):
        out = 1 / (1 + np.exp(-(inputs[i].dot(weights) + bias)))
        error = wanted[i] - out
        weights += 0.1 * error * inputs[i]
        bias += 0.1 * error
