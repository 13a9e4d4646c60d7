"""Each row learns by the gradient of the row before; right."""
import numpy as np
rng = np.random.RandomState(3)
class Net:
    def __init__(self):
        self.W = [rng.randn(4, 6) * .5, rng.randn(6, 1) * .5]
        self.old = [0, 0]
    def learn(self, x, y):
        h = 1 / (1 + np.exp(-x.dot(self.W[0])))
        o = 1 / (1 + np.exp(-h.dot(self.W[1])))
        d = (o - y) * o * (1 - o)
        g = [np.outer(x, self.W[1].dot(d) * h * (1 - h)), np.outer(h, d)]
        for k in range(2):
            self.W[k] -= 0.2 * self.old[k]
        self.old = g
X = rng.rand(30, 4); Y = (X.sum(1) > 2).astype(float)
n = Net()
for e in range(4):
    for x, y in zip(X, Y):
        n.learn(x, y)
