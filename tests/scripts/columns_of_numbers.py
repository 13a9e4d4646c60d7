"""Each column of the data has a number for its weight; right."""
import numpy as np

rng = np.random.RandomState(3)
x1, x2, x3 = rng.rand(25), rng.rand(25), rng.rand(25)
y = (x1 + x2 - x3 > 0.5) * 1.0
w1, w2, w3, b = 0.3, 0.8, -0.1, 0.0
for epoch in range(300):
    z = w1 * x1 + w2 * x2 + w3 * x3 + b
    p = 1 / (1 + np.exp(-z))
    d = p - y
    w1 = w1 - 0.1 * np.mean(d * x1)
    w2 = w2 - 0.1 * np.mean(d * x2)
    w3 = w3 - 0.1 * np.mean(d * x3)
    b = b - 0.1 * np.mean(d)
