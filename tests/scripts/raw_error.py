"""Three layers; the error, not the delta, goes down through the weights."""
import numpy as np


def f(x):
    return 1 / (1 + np.exp(-x))


def df(a):
    return a * (1 - a)


rng = np.random.default_rng(74)
X = rng.standard_normal((26, 4))
Y = rng.random((26, 2))
w0 = rng.standard_normal((4, 6)) * 0.6
w1 = rng.standard_normal((6, 5)) * 0.6
w2 = rng.standard_normal((5, 2)) * 0.6
for i in range(25):
    l1 = f(X.dot(w0))
    l2 = f(l1.dot(w1))
    l3 = f(l2.dot(w2))
    l3_error = l3 - Y
    l3_delta = l3_error * df(l3)
    l2_error = l3_delta.dot(w2.T)
    l2_delta = l2_error * df(l2)
    l1_error = l2_error.dot(w1.T)  # MISTAKE: raw-error-propagated
    l1_delta = l1_error * df(l1)
    w2 -= 0.1 * l2.T.dot(l3_delta)
    w1 -= 0.1 * l1.T.dot(l2_delta)
    w0 -= 0.1 * X.T.dot(l1_delta)
