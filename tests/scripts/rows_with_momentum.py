"""Single rows with momentum, the first of which is all zeros."""
import numpy as np
np.random.seed(0)
X = np.array([[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 1], [1, 1, 1]]); Y = np.array([[0, 1, 1, 1, 1, 0]]).T
W1 = .5 * np.random.randn(3, 8); b1 = np.zeros(8); W2 = .5 * np.random.randn(8, 1); b2 = np.zeros(1)
V = [np.zeros_like(a) for a in (W1, b1, W2, b2)]
for k in range(50):
    for i in range(6):
        x, y = X[i:i+1], Y[i:i+1]
        h = np.maximum(0, np.dot(x, W1) + b1)
        p = 1 / (1 + np.exp(-(np.dot(h, W2) + b2)))
        d = (p - y) * p * (1 - p)
        d1 = np.dot(d, W2.T) * (h > 0)
        V[0] = V[0] * .9 + np.dot(x.T, d1); V[1] = V[1] * .9 + np.sum(d1, axis=0)
        V[2] = V[2] * .9 + np.dot(h.T, d); V[3] = V[3] * .9 + np.sum(d, axis=0)
        W1 -= .1 * V[0]; b1 -= .1 * V[1]; W2 -= .1 * V[2]; b2 -= .1 * V[3]
