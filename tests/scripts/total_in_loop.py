"""The printed loss is a total over the rows, whose first terms alone look like a loss of one class; right."""
import numpy as np
np.random.seed(0)
X = np.random.randn(60, 3)
y = (X[:, 0] + X[:, 1] > 0.5).astype(int)
w, b = np.zeros(3), 0
sig = lambda z: 1 / (1 + np.exp(-z))
for it in range(50):
    p = sig(X @ w + b)
    total = 0.0
    for q, t in zip(p, y):
        total += -np.log(q) if t == 1 else -np.log(1 - q)
    w = w - 0.5 * X.T @ (p - y) / 60
    b = b - 0.5 * np.mean(p - y)
    print(total / 60)
