"""A new array is filled with the entries after their steps, and errors are taken row by row; right."""
import numpy as np
rng = np.random.RandomState(1)
X = rng.rand(20, 3); Y = X @ [1, 2, 3.]
theta = np.zeros((3, 1)); alpha = 0.1
for e in range(30):
    h = X.dot(theta).ravel()
    new = []
    for j in range(3):
        grad = 0
        for i in range(20):
            grad += (h[i] - Y[i]) * X[i, j]
        new.append([theta[j][0] - alpha * grad / 20])
    theta = np.array(new)
