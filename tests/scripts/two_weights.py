"""A line of two weights, changed one by one; right."""
import numpy as np
rng = np.random.RandomState(1)
X = rng.rand(20, 2); Y = X @ [1, 2.] + 3
w, b = rng.rand(2), rng.rand()
def predict(x):
    return np.dot(x, w) + b
for e in range(30):
    for i in range(20):
        err = predict(X[i]) - Y[i]
        for k in range(len(w)):
            w[k] = w[k] - 0.01 * err * X[i][k]
        b = b - 0.01 * err
