"""A plane of plain numbers, row after row, wrong: the bias has the other sign."""
import random

random.seed(1)
data = [(random.random(), random.random()) for _ in range(40)]
targets = [2 * a - b + 0.5 for a, b in data]
w1, w2, b = 0.1, 0.2, 0.0
for epoch in range(100):
    for (x1, x2), t in zip(data, targets):
        y = w1 * x1 + w2 * x2 + b
        error = y - t
        w1 -= 0.05 * error * x1
        w2 -= 0.05 * error * x2
        b += 0.05 * error  # MISTAKE: bias-sign
