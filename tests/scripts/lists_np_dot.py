"""Weights in nested lists that np.dot multiplies with lists of inputs, one row at a time."""
import random

import numpy as np

random.seed(3)
rows = [([random.uniform(-1, 1) for _ in range(3)], random.randint(0, 1)) for _ in range(12)]
hidden = [[random.uniform(-0.5, 0.5) for _ in range(3)] for _ in range(4)]
last = [random.uniform(-0.5, 0.5) for _ in range(4)]
rate = 0.4


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


for epoch in range(20):
    for x, y in rows:
        h = [sigmoid(np.dot(w, x)) for w in hidden]
        p = sigmoid(np.dot(last, h))
        error = (p - y) * p * (1 - p)
        errors = [error * last[j] * (1 - h[j] ** 2) for j in range(4)]  # MISTAKE: wrong-activation-derivative
        for j in range(4):
            last[j] = last[j] - rate * error * h[j]
            for i in range(3):
                hidden[j][i] = hidden[j][i] - rate * errors[j] * x[i]
