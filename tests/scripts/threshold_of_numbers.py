"""A unit of plain numbers with a threshold that is taken off; right."""
import math, random
random.seed(1)
w1, w2, t = 0.3, -0.2, 0.1
data = [((random.random(), random.random()), random.randint(0, 1)) for _ in range(20)]
for e in range(200):
    for (a, c), y in data:
        z = a * w1 + c * w2 - t
        p = 1 / (1 + math.exp(-z))
        d = (p - y) * p * (1 - p)
        w1 = w1 - 0.5 * d * a
        w2 = w2 - 0.5 * d * c
        t = t + 0.5 * d
