"""Lists whose sums grow in the places of a list that every pass makes anew."""
import math, random
random.seed(0)
X = [[random.gauss(0, 1), random.gauss(0, 1)] for _ in range(40)]; T = [1. if r[0] > r[1] else 0. for r in X]
w1 = [[random.gauss(0, 1) for _ in range(3)] for _ in range(2)]; w2 = [random.gauss(0, 1) for _ in range(3)]
for epoch in range(3):
    for x, t in zip(X, T):
        k = [0.] * 3
        for j in range(3):
            for i in range(2):
                k[j] += w1[i][j] * x[i]
        h = [1 / (1 + math.exp(-v)) for v in k]
        z = w2[0] * h[0] + w2[1] * h[1] + w2[2] * h[2]
        d = 1 / (1 + math.exp(-z)) - t
        dh = [d * w2[j] * h[j] * (1 - h[j]) for j in range(3)]
        for j in range(3):
            w2[j] = w2[j] - .1 * d * h[j]
            for i in range(2):
                w1[i][j] = w1[i][j] - .1 * dh[j] * x[i]
