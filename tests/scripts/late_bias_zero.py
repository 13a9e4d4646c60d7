"""The same with biases that start at zero, where no number shows it yet."""
import numpy as np

rng = np.random.default_rng(41)
x = rng.standard_normal((30, 4))
y = np.eye(3)[rng.integers(0, 3, 30)]
W1, W2 = rng.standard_normal((4, 6)) * 0.6, rng.standard_normal((6, 3)) * 0.6
b1, b2 = np.zeros(6), np.zeros(3)
for epoch in range(5):
    a1 = np.tanh(x @ W1) + b1  # MISTAKE: bias-after-activation
    z2 = a1 @ W2 + b2
    e = np.exp(z2)
    p = e / e.sum(axis=1, keepdims=True)
    d2 = (p - y) / len(x)
    d1 = (d2 @ W2.T) * (1 - a1 ** 2)
    W2 -= 0.1 * a1.T @ d2
    b2 -= 0.1 * d2.sum(axis=0)
    W1 -= 0.1 * x.T @ d1
    b1 -= 0.1 * d1.sum(axis=0)
