"""All nine numbers of a network stand in one array; right."""
import numpy as np
w = np.array([0.1, 0.2, -0.3, 0.4, 0.5, -0.6, 0.1, 0.2, 0.3])
sig = lambda z: 1 / (1 + np.exp(-z))
data = [((0., 0.), 0.), ((0., 1.), 1.), ((1., 0.), 1.), ((1., 1.), 0.)]
for epoch in range(300):
    for (x1, x2), t in data:
        h1 = sig(w[0] * x1 + w[1] * x2 + w[6])
        h2 = sig(w[2] * x1 + w[3] * x2 + w[7])
        o = sig(w[4] * h1 + w[5] * h2 + w[8])
        d = (o - t) * o * (1 - o)
        g = np.array([d * w[4] * h1 * (1 - h1) * x1, d * w[4] * h1 * (1 - h1) * x2, d * w[5] * h2 * (1 - h2) * x1,
                      d * w[5] * h2 * (1 - h2) * x2, d * h1, d * h2, d * w[4] * h1 * (1 - h1), d * w[5] * h2 * (1 - h2), d])
        w -= 0.5 * g
