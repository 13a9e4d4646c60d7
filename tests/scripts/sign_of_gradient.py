"""Only the signs of the gradients move the weights, each by the same length. Right."""
import numpy as np

rng = np.random.RandomState(23)
X = rng.randn(28, 3)
t = (X[:, :1] > 0) * 1.0
W1, W2 = rng.randn(3, 5), rng.randn(5, 1)
for epoch in range(40):
    a = np.tanh(X @ W1)
    p = 1 / (1 + np.exp(-(a @ W2)))
    d2 = (p - t) / len(X)
    d1 = (d2 @ W2.T) * (1 - a ** 2)
    W2 = W2 - 0.01 * np.sign(a.T @ d2)
    W1 = W1 - 0.01 * np.sign(X.T @ d1)
