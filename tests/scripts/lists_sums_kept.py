"""Lists of lists; the momentum stands before the gradient, so that the velocity never fades."""
import math
import random

random.seed(8)
data = [([0, 0, 1], [0]), ([0, 1, 1], [1]), ([1, 0, 1], [1]), ([1, 1, 1], [0])]
w1 = [[random.uniform(-1, 1) for _ in range(4)] for _ in range(3)]
w2 = [[random.uniform(-1, 1) for _ in range(1)] for _ in range(4)]
v1 = [[0.0] * 4 for _ in range(3)]
v2 = [[0.0] * 1 for _ in range(4)]
rate, keep = 0.5, 0.9


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def change(w, v, inputs, deltas):
    for i in range(len(inputs)):
        for j in range(len(deltas)):
            v[i][j] = v[i][j] + keep * inputs[i] * deltas[j]
            w[i][j] = w[i][j] - rate * v[i][j]  # MISTAKE: gradient-not-reset


for epoch in range(30):
    for x, y in data:
        h = [sigmoid(sum(x[i] * w1[i][j] for i in range(3))) for j in range(4)]
        o = [sigmoid(sum(h[j] * w2[j][k] for j in range(4))) for k in range(1)]
        d2 = [(o[k] - y[k]) * o[k] * (1 - o[k]) for k in range(1)]
        d1 = [sum(d2[k] * w2[j][k] for k in range(1)) * h[j] * (1 - h[j]) for j in range(4)]
        change(w2, v2, h, d2)
        change(w1, v1, x, d1)
