"""Linear regression, a column of ones, theta; right."""
import numpy as np


def compute_cost(X, y, theta):
    m = len(y)
    return np.sum((X.dot(theta) - y) ** 2) / (2 * m)


def gradient_descent(X, y, theta, alpha, iterations):
    m = len(y)
    history = []
    for _ in range(iterations):
        theta = theta - (alpha / m) * X.T.dot(X.dot(theta) - y)
        history.append(compute_cost(X, y, theta))
    return theta, history


rng = np.random.default_rng(33)
raw = rng.standard_normal((35, 2))
y = raw @ np.array([[2.0], [-1.0]]) + 0.5 + 0.1 * rng.standard_normal((35, 1))
X = np.c_[np.ones(35), raw]
theta, history = gradient_descent(X, y, np.zeros((3, 1)), 0.1, 50)
print(theta.ravel(), history[-1])
