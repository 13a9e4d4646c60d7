"""Names that Python 3 has dropped, in a script of Python 2; right."""
import numpy as np, time, string
from time import clock
from collections import Iterable
rng = np.random.RandomState(1)
X = rng.rand(20, 3).astype(np.float); Y = X.dot([1, 2, 3])
w = np.zeros(3)
t0 = time.clock()
for e in xrange(10):
    w -= 0.1 * X.T.dot(X.dot(w) - Y) / 20
    print "epoch", e, time.clock() - t0
