"""An autoencoder: the input, without its column of -1, is what the output is compared with; the derivative of the code layer
has the wrong sign."""
import numpy as np

rng = np.random.default_rng(97)
rows = rng.random((20, 6))
X = np.insert(rows, 0, -1, axis=1)
W1 = rng.normal(size=(7, 3))
W2 = rng.normal(size=(4, 6))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(20):
    code = sigmoid(X @ W1)
    h = np.insert(code, 0, -1, axis=1)
    out = sigmoid(h @ W2)
    d2 = (X[:, 1:] - out) * out * (1 - out)
    d1 = (d2 @ W2[1:].T) * code * (code - 1)  # MISTAKE: wrong-activation-derivative
    W2 = W2 + 0.5 * h.T @ d2
    W1 = W1 + 0.5 * X.T @ d1
