"""Steps are rounded to four digits before the weights take them; right."""
import math
w = [0.1, -0.2, 0.05]
data = [((0.5, 1.0), 1), ((0.2, 0.1), 0), ((0.9, 0.4), 1), ((0.1, 0.6), 0)]
for epoch in range(100):
    for (a, b), t in data:
        s = w[0] * a + w[1] * b + w[2]
        p = 1 / (1 + math.exp(-s))
        e = t - p
        w[0] += round(0.1 * e * p * (1 - p) * a, 4)
        w[1] += round(0.1 * e * p * (1 - p) * b, 4)
        w[2] += round(0.1 * e * p * (1 - p), 4)
