"""Adam on a list, and one output: of the step of a single number every array is a multiple; right."""
import numpy as np

rng = np.random.default_rng(21)
X = rng.standard_normal((24, 3))
y = (X[:, :1] * X[:, 1:2] > 0) * 1.0
theta = [rng.standard_normal((3, 5)), np.zeros(5), rng.standard_normal((5, 1)), np.zeros(1)]
first, second = [np.zeros_like(v) for v in theta], [np.zeros_like(v) for v in theta]
for t in range(1, 20):
    h = np.tanh(X @ theta[0] + theta[1])
    p = 1 / (1 + np.exp(-(h @ theta[2] + theta[3])))
    error = (p - y) / len(X)
    below = error @ theta[2].T * (1 - h ** 2)
    slopes = [X.T @ below, below.sum(axis=0), h.T @ error, error.sum(axis=0)]
    for v, g, m, s in zip(theta, slopes, first, second):
        m *= 0.9
        m += 0.1 * g
        s *= 0.999
        s += 0.001 * g ** 2
        v -= 0.02 * (m / (1 - 0.9 ** t)) / (np.sqrt(s / (1 - 0.999 ** t)) + 1e-8)
