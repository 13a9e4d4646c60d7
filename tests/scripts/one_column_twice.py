"""One sample in a column, whose error two functions compute, each for itself; the bias begins as a number; right."""
import numpy as np

rng = np.random.RandomState(10)
x = rng.rand(6, 1)
goal = rng.rand(1, 6) @ x + 1.5
w, b = rng.rand(1, 6), 0.25


def for_weights(x, goal, w, b):
    return -2 * x.T * (goal - w @ x - b)


def for_bias(x, goal, w, b):
    return -2 * (goal - w @ x - b)


for i in range(50):
    db = for_bias(x, goal, w, b)
    w = w - 0.02 * for_weights(x, goal, w, b)
    b = b - 0.02 * db
