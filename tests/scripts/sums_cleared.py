"""Sums over the rows, set to zero after every update; right."""
import numpy as np

rng = np.random.default_rng(35)
x = rng.standard_normal((36, 5))
y = np.eye(3)[rng.integers(0, 3, 36)]
W1 = rng.standard_normal((5, 6)) * 0.5
b1 = np.zeros(6)
W2 = rng.standard_normal((6, 3)) * 0.5
b2 = np.zeros(3)
parameters = [W1, b1, W2, b2]
sums = [np.zeros_like(one) for one in parameters]

for epoch in range(10):
    a1 = np.tanh(x @ W1 + b1)
    z2 = a1 @ W2 + b2
    e = np.exp(z2)
    p = e / e.sum(axis=1, keepdims=True)
    d2 = (p - y) / len(x)
    d1 = (d2 @ W2.T) * (1 - a1 ** 2)
    for i in range(len(x)):
        sums[0] += np.outer(x[i], d1[i])
        sums[1] += d1[i]
        sums[2] += np.outer(a1[i], d2[i])
        sums[3] += d2[i]
    for parameter, total in zip(parameters, sums):
        parameter -= 0.1 * total
        total[...] = 0
