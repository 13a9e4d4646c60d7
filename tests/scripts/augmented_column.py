"""Biases as rows of the weights, ones put in front of every layer's input; right."""
import numpy as np

rng = np.random.RandomState(3)
data = rng.randn(28, 5)
target = rng.rand(28, 2)
w1 = rng.randn(6, 7) * 0.4
w2 = rng.randn(8, 2) * 0.4
ones = np.ones((28, 1))
lrate = 0.1


def logistic(v):
    return 1 / (1 + np.exp(-v))


for i in range(10):
    inp = np.hstack((ones, data))
    hid = logistic(np.dot(inp, w1))
    hid_b = np.hstack((ones, hid))
    out = logistic(np.dot(hid_b, w2))
    e = out - target
    d2 = e * out * (1 - out)
    d1 = np.dot(d2, w2[1:].T) * hid * (1 - hid)
    w2 = w2 - lrate * np.dot(hid_b.T, d2) / 28
    w1 = w1 - lrate * np.dot(inp.T, d1) / 28
