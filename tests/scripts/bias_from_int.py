"""A bias of one number that begins as the integer 0."""
import numpy as np
X = np.array([[.5, 1.5], [1, 1], [1.5, .5], [3, .5], [2, 2], [1, 2.5]]); y = np.array([0, 0, 1, 1, 1, 1])
w = np.zeros_like(X[0]); b = 0
for i in range(3000):
    p = 1 / (1 + np.exp(-(np.dot(X, w) + b)))
    e = p - y
    w -= .5 * np.dot(e, X) / 6
    b -= .5 * np.sum(e) / 6
    if i % 500 == 0: print(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
