"""The loss is a binary cross-entropy summed over the rows, and its error is multiplied by the slope of the sigmoid, which
belongs to squared errors."""
import numpy as np

rng = np.random.RandomState(9)
x = rng.rand(70, 4)
y = (x[:, :1] + x[:, 1:2] > 1).astype(float)
w1, b1 = rng.randn(4, 5), np.zeros(5)
w2, b2 = rng.randn(5, 1), np.zeros(1)
for epoch in range(20):
    h = np.tanh(x @ w1 + b1)
    p = 1 / (1 + np.exp(-(h @ w2 + b2)))
    print(epoch, np.sum(-y * np.log(p) - (1 - y) * np.log(1 - p)))
    d2 = (p - y) * p * (1 - p)  # MISTAKE: extra-output-derivative
    d1 = (d2 @ w2.T) * (1 - h ** 2)
    w2 -= 0.01 * h.T @ d2
    b2 -= 0.01 * d2.sum(axis=0)
    w1 -= 0.01 * x.T @ d1
    b1 -= 0.01 * d1.sum(axis=0)
