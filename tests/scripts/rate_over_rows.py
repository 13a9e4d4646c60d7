"""Linear regression whose rate, 0.01, happens to be one over its 100 rows. Right: the rate is a number of its own, though
the program divides by the rows, too."""
import numpy as np

rng = np.random.RandomState(3)
rows = 100
X = np.hstack([rng.randn(rows, 2), np.ones((rows, 1))])
y = X.dot(np.array([[20.0], [-7.0], [4.0]])) + rng.randn(rows, 1)
theta = rng.randn(3, 1)


def slope(X, y, theta):
    return 1 / len(y) * X.T.dot(X.dot(theta) - y)


def descend(theta, alpha, steps):
    costs = []
    for _ in range(steps):
        theta = theta - alpha * slope(X, y, theta)
        costs.append(1 / (2 * len(y)) * np.sum((X.dot(theta) - y) ** 2))
    return theta, costs


theta, costs = descend(theta, alpha=0.01, steps=50)
print(costs[-1])
