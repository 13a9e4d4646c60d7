"""Lists of lists whose outputs are shown for every row after each epoch: those rows are looked at and not learned; all is
right."""
import math
import random

random.seed(11)
hidden = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(3)]
output = [random.uniform(-1, 1) for _ in range(4)]
data = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]


def forward(x):
    h = []
    for w in hidden:
        z = w[0]
        for i, value in enumerate(x):
            z += w[i + 1] * value
        h.append(1 / (1 + math.exp(-z)))
    z = output[0]
    for i, value in enumerate(h):
        z += output[i + 1] * value
    return h, 1 / (1 + math.exp(-z))


for epoch in range(200):
    for x, y in data:
        h, o = forward(x)
        d2 = (y - o) * o * (1 - o)
        d1 = [d2 * output[j + 1] * h[j] * (1 - h[j]) for j in range(3)]
        output[0] += 0.1 * d2
        for j in range(3):
            output[j + 1] += 0.1 * d2 * h[j]
            hidden[j][0] += 0.1 * d1[j]
            for i in range(2):
                hidden[j][i + 1] += 0.1 * d1[j] * x[i]
    for x, y in data:
        print(x, y, forward(x)[1])
