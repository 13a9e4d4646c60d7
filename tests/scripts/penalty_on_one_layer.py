"""An L2 penalty on the first layer alone."""
import numpy as np
np.random.seed(0)
X = np.random.randn(60, 2); y = np.random.randint(0, 3, 60)
W1 = np.random.randn(2, 8); b1 = np.zeros((1, 8)); W2 = np.random.randn(8, 3); b2 = np.zeros((1, 3))
P = [W1, b1, W2, b2]; M = [np.zeros_like(p) for p in P]; V = [np.zeros_like(p) for p in P]
for epoch in range(20):
    h = np.maximum(0, np.dot(X, W1) + b1)
    z = np.dot(h, W2) + b2
    e = np.exp(z - np.max(z, axis=1, keepdims=True)); p = e / np.sum(e, axis=1, keepdims=True)
    d = p.copy(); d[range(60), y] -= 1; d = d / 60
    d1 = np.dot(d, W2.T); d1[h <= 0] = 0
    G = [np.dot(X.T, d1), np.sum(d1, axis=0, keepdims=True), np.dot(h.T, d), np.sum(d, axis=0, keepdims=True)]
    P[0] -= .1 * (G[0] + .001 * W1); P[1] -= .1 * G[1]; P[2] -= .1 * G[2]; P[3] -= .1 * G[3]
