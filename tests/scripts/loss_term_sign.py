"""The printed loss adds the term of class 0 where it should take it off. The gradients are right."""
import numpy as np

rng = np.random.RandomState(31)
X = rng.randn(3, 25)
t = (X[:1] + X[1:2] > 0) * 1.0
W1, b1, W2, b2 = rng.randn(6, 3), np.zeros((6, 1)), rng.randn(1, 6), np.zeros((1, 1))
m = X.shape[1]
for epoch in range(40):
    a = np.tanh(W1 @ X + b1)
    p = 1 / (1 + np.exp(-(W2 @ a + b2)))
    cost = np.sum(-t * np.log(p) + (1 - t) * np.log(1 - p)) / m  # MISTAKE: loss-term-sign
    print(cost)
    d2 = p - t
    d1 = (W2.T @ d2) * (1 - a ** 2)
    W2 = W2 - 0.2 * d2 @ a.T / m
    b2 = b2 - 0.2 * np.sum(d2, axis=1, keepdims=True) / m
    W1 = W1 - 0.2 * d1 @ X.T / m
    b1 = b1 - 0.2 * np.sum(d1, axis=1, keepdims=True) / m
