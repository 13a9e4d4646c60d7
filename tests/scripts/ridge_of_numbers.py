"""A line of two numbers whose slope has a penalty on its square, and rows of an array that a loop takes apart; right."""
import numpy as np

rng = np.random.RandomState(6)
table = np.c_[rng.rand(18) * 3, rng.rand(18) * 2 + 1]
slope, shift = 0.4, 0.0
strength, m = 0.2, len(table)
for epoch in range(50):
    dslope, dshift = 0.0, 0.0
    for x, y in table:
        error = slope * x + shift - y
        dslope += error * x / m
        dshift += error / m
    slope -= 0.05 * (dslope + strength * slope)
    shift -= 0.05 * dshift
print(slope, shift)
