"""Biases are copied to all rows by a product with a column of ones, and their gradients summed likewise. Right."""
import numpy as np

rng = np.random.RandomState(5)
n = 70
x = np.linspace(-3, 3, n).reshape(-1, 1)
y = x ** 2 + 0.1 * rng.randn(n, 1)
column = np.ones((n, 1))
W1, b1 = rng.randn(1, 6), 0.1 * rng.randn(1, 6)
W2, b2 = rng.randn(6, 1) / 3, np.zeros((1, 1))
for step in range(100):
    z1 = x.dot(W1) + column.dot(b1)
    h1 = np.maximum(z1, 0)
    out = h1.dot(W2) + column.dot(b2)
    d2 = (out - y) / n
    d1 = d2.dot(W2.T)
    d1[z1 < 0] = 0
    W2 = W2 - 0.01 * h1.T.dot(d2)
    b2 = b2 - 0.01 * column.T.dot(d2)
    W1 = W1 - 0.01 * x.T.dot(d1)
    b1 = b1 - 0.01 * column.T.dot(d1)
    if step % 25 == 0:
        print(step, 0.5 * np.square(out - y).mean())
