"""Each unit is a column of the weights, whose entries are changed by themselves; right."""
import numpy as np
rng = np.random.RandomState(2)
X = rng.rand(40, 3); Y = X @ rng.rand(3, 2)
W = rng.rand(3, 2); b = np.zeros(2)
lr = 0.1
for epoch in range(30):
    for i in range(len(X)):
        pred = np.zeros(2)
        for k in range(2):
            pred[k] = np.dot(X[i], W[:, k]) + b[k]
        err = pred - Y[i]
        for k in range(2):
            for j in range(3):
                W[j][k] = W[j][k] - lr * err[k] * X[i][j]
            b[k] = b[k] - lr * err[k]
