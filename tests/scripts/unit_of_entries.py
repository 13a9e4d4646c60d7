"""A unit whose sum begins with its bias, from weights in an array that is read entry by entry; right."""
import numpy as np
rng = np.random.RandomState(7)
X = rng.rand(20, 2); Y = (X[:, 0] > X[:, 1]).astype(int)
weights = rng.rand(2); bias = rng.rand()
for e in range(50):
    for i, row in enumerate(X):
        activation = bias
        for j in range(len(row)):
            activation += weights[j] * row[j]
        out = 1.0 / (1.0 + np.exp(-activation))
        error = Y[i] - out
        bias = bias + 0.1 * error * out * (1.0 - out)
        for j in range(len(row)):
            weights[j] = weights[j] + 0.1 * error * out * (1.0 - out) * row[j]
