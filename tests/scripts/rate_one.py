"""A rate of 1, and gradients that are divided by the rows where they are made."""
import numpy as np
np.random.seed(0)
X = np.random.randn(50, 4); Y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
W1 = np.random.randn(4, 6); b1 = np.zeros((1, 6)); W2 = np.random.randn(6, 1); b2 = np.zeros((1, 1))
s = lambda z: 1 / (1 + np.exp(-z))
lr = 1.0
for k in range(50):
    h = s(X @ W1 + b1); p = s(h @ W2 + b2)
    print(-np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p)))
    d2 = p - Y
    gW2 = h.T @ d2 / 50; gb2 = np.sum(d2, axis=0, keepdims=True) / 50
    d1 = (d2 @ W2.T) * h * (1 - h)
    gW1 = X.T @ d1 / 50; gb1 = np.sum(d1, axis=0, keepdims=True) / 50
    W2 -= lr * gW2; b2 -= lr * gb2; W1 -= lr * gW1; b1 -= lr * gb1
