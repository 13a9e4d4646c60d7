"""The delta rule on one row, whose input is a multiple of the gradient as everything on its way is; right."""
import numpy as np

weights = np.array([0.4, -0.3, 0.6])
row, goal = np.array([1, 0, 1]), 0.7
for i in range(20):
    guess = row.dot(weights)
    delta = guess - goal
    weights = weights - 0.2 * (row * delta)
    print(delta ** 2)
