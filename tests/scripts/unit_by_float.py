"""The sum of a unit goes through float(); right."""
import numpy as np
rng = np.random.RandomState(2)
X = rng.rand(40, 3); y = (X @ [1., -2., 3.] > 1).astype(int)
w = np.zeros((3, 1)); b = 0
for epoch in range(30):
    dw, db, J = np.zeros((3, 1)), 0, 0
    for i in range(40):
        z = float(np.dot(w.T, X[i].reshape(3, 1))[0, 0] + b)
        a = 1 / (1 + np.exp(-z))
        J += -(y[i] * np.log(a) + (1 - y[i]) * np.log(1 - a))
        dz = a - y[i]
        for j in range(3):
            dw[j] += X[i, j] * dz
        db += dz
    J /= 40; dw /= 40; db /= 40
    w -= 0.1 * dw
    b -= 0.1 * db
