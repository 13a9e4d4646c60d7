"""A line through the rows of a table, a function that gives its new numbers, and whole numbers to begin with; right."""
import numpy as np

rng = np.random.RandomState(21)
table = np.c_[rng.rand(40) * 6 - 1, rng.rand(40) * 3]


def descend(shift, slope, table, rate):
    shift_sum = 0
    slope_sum = 0
    rows = float(len(table))
    for i in range(len(table)):
        x = table[i, 0]
        y = table[i, 1]
        shift_sum += -(2 / rows) * (y - (slope * x + shift))
        slope_sum += -(2 / rows) * x * (y - (slope * x + shift))
    next_shift = shift - rate * shift_sum
    next_slope = slope - rate * slope_sum
    return [next_shift, next_slope]


shift, slope = 0, 0
for epoch in range(600):
    shift, slope = descend(shift, slope, np.array(table), 0.02)
print(shift, slope)
