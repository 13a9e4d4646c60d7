"""Sums over rows that begin as the number 0, of products of a number, the error times the rate, with an array; outputs are put
into an array and taken from there. Right."""
import numpy as np

rng = np.random.RandomState(4)
X = rng.randn(15, 3)
target = np.sin(X.sum(axis=1))
below, above = rng.randn(4, 3) * 0.5, rng.rand(1, 4) * 0.5
rate = 0.02
for epoch in range(30):
    d_above = d_below = 0
    out = np.zeros(15)
    for i in range(15):
        row = X[i].reshape(1, -1)
        a = np.tanh(np.dot(below, row.T).T)
        out[i] = np.dot(above, a.T)[0][0]
        error = rate * (out[i] - target[i])
        d_above += np.dot(error, a)
        d_below += np.dot(error * (above * (1 - a ** 2)).T, row)
    above -= d_above
    below -= d_below
