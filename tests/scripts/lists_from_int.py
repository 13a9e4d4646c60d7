"""Lists of lists whose first weight is the bias; sums begin as the bias, or as the number 0. Right."""
import math
import random

random.seed(4)
rows = [([0, 0], [0.0]), ([0, 1], [1.0]), ([1, 0], [1.0]), ([1, 1], [0.0])]
below = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(3)]
above = [[random.uniform(-1, 1) for _ in range(4)]]


def outputs(weights, inputs):
    found = []
    for unit in weights:
        total = unit[0]
        for i, value in enumerate(inputs):
            total += unit[i + 1] * value
        found.append(1 / (1 + math.exp(-total)))
    return found


def change(weights, inputs, errors):
    for unit, error in zip(weights, errors):
        for j in range(len(unit)):
            unit[j] += 0.1 * error * (1 if j == 0 else inputs[j - 1])


for epoch in range(20000):
    for x, target in rows:
        a = outputs(below, x)
        p = outputs(above, a)
        errors = [(t - o) * o * (1 - o) for t, o in zip(target, p)]
        back = [0] * 3
        for i in range(3):
            error = 0
            for j, unit in enumerate(above):
                error += unit[i + 1] * errors[j]
            back[i] = error * a[i] * (1 - a[i])
        change(above, a, errors)
        change(below, x, back)
