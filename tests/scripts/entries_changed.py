"""Each weight is an entry that is changed by itself, where the products are whole; right."""
import numpy as np
rng = np.random.RandomState(1)
X = rng.rand(20, 3); Y = (X.sum(1) > 1.5) * 1.0
W1 = rng.randn(4, 3); b1 = np.zeros(4); W2 = rng.randn(4); b2 = 0.0
s = lambda z: 1 / (1 + np.exp(-z))
lr = 0.3
for e in range(30):
    for x, y in zip(X, Y):
        h = s(W1 @ x + b1)
        o = s(np.dot(W2, h) + b2)
        d = (o - y) * o * (1 - o)
        for j in range(4):
            dj = d * W2[j] * h[j] * (1 - h[j])
            for i in range(3):
                W1[j, i] -= lr * dj * x[i]
            b1[j] -= lr * dj
        for j in range(4):
            W2[j] -= lr * d * h[j]
        b2 -= lr * d
