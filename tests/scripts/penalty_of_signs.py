"""A penalty on absolute values adds the signs of the weights; the derivative of the hidden units is missing."""
import numpy as np

rng = np.random.RandomState(8)
X = rng.randn(30, 5)
Y = rng.randn(30, 2)
W1, b1 = rng.randn(5, 6) * 0.5, np.zeros(6)
W2, b2 = rng.randn(6, 2) * 0.5, np.zeros(2)
for epoch in range(50):
    a = np.tanh(X @ W1 + b1)
    p = a @ W2 + b2
    d2 = (p - Y) / len(X)
    d1 = d2 @ W2.T  # MISTAKE: missing-activation-derivative
    dW2 = a.T @ d2 + 0.01 * np.sign(W2)
    dW1 = X.T @ d1 + 0.01 * np.sign(W1)
    W2 -= 0.1 * dW2
    b2 -= 0.1 * d2.sum(axis=0)
    W1 -= 0.1 * dW1
    b1 -= 0.1 * d1.sum(axis=0)
