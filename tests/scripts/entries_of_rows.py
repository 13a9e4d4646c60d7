"""The error is made in the outputs themselves, row by row, with lines for every entry of which most change nothing; right."""
import numpy as np
rng = np.random.RandomState(5)
X = rng.randn(30, 2); y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
W1, b1, W2, b2 = rng.randn(2, 6), np.zeros((1, 6)), rng.randn(6, 3), np.zeros((1, 3))
for step in range(20):
    h = np.tanh(X.dot(W1) + b1)
    z = h.dot(W2) + b2
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    d = p
    for i in range(len(p)):
        if y[i] == 0:
            d[i, 0] = p[i, 0] - 1
            d[i, 1] = p[i, 1]
            d[i, 2] = p[i, 2]
        elif y[i] == 1:
            d[i, 0] = p[i, 0]
            d[i, 1] = p[i, 1] - 1
            d[i, 2] = p[i, 2]
        else:
            d[i, 0] = p[i, 0]
            d[i, 1] = p[i, 1]
            d[i, 2] = p[i, 2] - 1
    e = d.dot(W2.T) * (1 - h * h)
    W2 = W2 - 0.02 * h.T.dot(d)
    b2 = b2 - 0.02 * np.sum(d, axis=0)
    W1 = W1 - 0.02 * X.T.dot(e)
    b1 = b1 - 0.02 * np.sum(e, axis=0)
