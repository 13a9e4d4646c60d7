"""The exponent of the sigmoid is written term by term, all negative; right."""
import math, random
random.seed(1)
w1, w2, b = 0.3, -0.2, 0.1
data = [((random.random(), random.random()), random.randint(0, 1)) for _ in range(20)]
for e in range(200):
    g1 = g2 = gb = 0.0
    for (a, c), y in data:
        p = 1 / (1 + math.exp(-(w1 * a) - w2 * c - b))
        g1 += (p - y) * a
        g2 += (p - y) * c
        gb += (p - y)
    w1 -= 0.1 * g1 / 20
    w2 -= 0.1 * g2 / 20
    b -= 0.1 * gb / 20
