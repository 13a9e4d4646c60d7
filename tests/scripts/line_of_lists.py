"""A line through two lists, each row's error the wrong way round; the sums are divided where the numbers are updated."""
import random

random.seed(8)
hours = [0.5 * i for i in range(1, 21)]
marks = [3 * h + 4 + random.random() for h in hours]
slope = shift = 0.0
n = len(hours)
for epoch in range(12):
    slope_sum = shift_sum = 0
    for h, mark in zip(hours, marks):
        error = mark - (slope * h + shift)  # MISTAKE: residual-sign
        slope_sum += error * h
        shift_sum += error
    slope -= 0.01 * slope_sum / n
    shift -= 0.01 * shift_sum / n
    print(epoch, slope, shift)
