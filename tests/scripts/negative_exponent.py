"""Sigmoids written as 1 / (1 + exp(-x·W - b)), so that no array of the program is z, with `+=` on the uphill direction."""
import numpy as np

rng = np.random.default_rng(51)
X = rng.standard_normal((40, 4))
T = (rng.random((40, 1)) > 0.5) * 1.0
W1, b1 = rng.standard_normal((4, 5)) * 0.6, np.zeros(5)
W2, b2 = rng.standard_normal((5, 1)) * 0.6, np.zeros(1)
for epoch in range(20):
    Z = 1 / (1 + np.exp(-X.dot(W1) - b1))
    Y = 1 / (1 + np.exp(-Z.dot(W2) - b2))
    D = T - Y
    H = D.dot(W2.T) * Z * Z  # MISTAKE: wrong-activation-derivative
    W2 += 0.01 * Z.T.dot(D)
    b2 += 0.01 * D.sum(axis=0)
    W1 += 0.01 * X.T.dot(H)
    b1 += 0.01 * H.sum(axis=0)
