"""Adam's averages begin as the number 0, and every gradient is positive, like its length."""
import numpy as np

rng = np.random.RandomState(6)
X = rng.rand(24, 3)
Y = (X[:, :1] > X[:, 1:2]).astype(float)
W1, W2 = rng.rand(3, 5), rng.rand(5, 1)
m1 = m2 = v1 = v2 = 0


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for t in range(40):
    h = sigmoid(X.dot(W1))
    p = sigmoid(h.dot(W2))
    d2 = (p - Y) * p * (1 - p)
    d1 = d2.dot(W2.T) * h * (1 - h)
    g2 = h.T.dot(d2)
    g1 = X.T.dot(d1)
    m2, m1 = 0.9 * m2 + 0.1 * g2, 0.9 * m1 + 0.1 * g1
    v2, v1 = 0.999 * v2 + 0.001 * g2 ** 2, 0.999 * v1 + 0.001 * g1 ** 2
    W2 += -0.2 * m2 / (np.sqrt(v2) + 1e-8)
    W1 += -0.2 * (m1 / (np.sqrt(v1) + 1e-8))  # MISTAKE: adam-bias-correction
    print(np.sum((p - Y) ** 2) / 2)
