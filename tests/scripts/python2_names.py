"""A program of Python 2 that today's Python reads, since its prints have brackets: only `xrange` betrays it. Right."""
import numpy as np

rng = np.random.RandomState(6)
X = rng.randn(30, 3)
y = (X[:, :1] > 0) * 1.0
w0, w1 = rng.randn(3, 4), rng.randn(4, 1)
for j in xrange(100):
    hidden = 1 / (1 + np.exp(-X.dot(w0)))
    out = 1 / (1 + np.exp(-hidden.dot(w1)))
    d1 = (y - out) * out * (1 - out)
    d0 = d1.dot(w1.T) * hidden * (1 - hidden)
    w1 += 0.5 * hidden.T.dot(d1)
    w0 += 0.5 * X.T.dot(d0)
    if j % 10 == 0:
        print("error " + str(np.mean(np.abs(y - out))))
