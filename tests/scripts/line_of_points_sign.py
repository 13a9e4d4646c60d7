"""A line through the rows of a list, whose shift goes the wrong way."""
import random

random.seed(5)
rows = [[float(i % 9) - 4, 2 * (i % 9) + random.random()] for i in range(36)]


def descend(shift, slope, rows, rate):
    shift_sum = slope_sum = 0
    for i in range(len(rows)):
        x, y = rows[i][0], rows[i][1]
        shift_sum += 2 * (y - (slope * x + shift)) / len(rows)  # MISTAKE: bias-sign
        slope_sum += -2 * x * (y - (slope * x + shift)) / len(rows)
    return shift - rate * shift_sum, slope - rate * slope_sum


shift, slope = 0.0, 0.0
for epoch in range(20):
    shift, slope = descend(shift, slope, rows, 0.01)
print(shift, slope)
