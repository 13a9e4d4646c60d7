"""The output of the batch is compared with the answers entry by entry; right."""
import numpy as np
rng = np.random.RandomState(1)
X = rng.rand(20, 3); Y = (X.sum(1) > 1.5).astype(int)
w, b = rng.rand(3), 0.0
for e in range(30):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    dw, db = np.zeros(3), 0
    for i in range(20):
        err = Y[i] - p[i]
        dw += err * X[i]
        db += err
    w += 0.2 * dw / 20
    b += 0.2 * db / 20
