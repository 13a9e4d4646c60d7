"""A loop over rows whose weight gradient takes the input of one row for all; labels from 1 in a table from 0."""
import numpy as np

rng = np.random.default_rng(83)
rows = rng.standard_normal((25, 4))
classes = rng.integers(0, 3, 25)
W = rng.standard_normal((6, 4)) * 0.5
c = np.zeros(6)
V = rng.standard_normal((3, 6)) * 0.5
d = np.zeros(3)
for epoch in range(8):
    gW, gc, gV, gd = np.zeros_like(W), np.zeros_like(c), np.zeros_like(V), np.zeros_like(d)
    for i in range(len(rows)):
        h = np.tanh(W.dot(rows[i]) + c)
        s = V.dot(h) + d
        e = np.exp(s - s.max())
        p = e / e.sum()
        target = np.zeros(3)
        target[classes[i]] = 1.0
        dy = p - target
        dh = V.T.dot(dy) * (1 - h * h)
        gV += np.outer(dy, h)
        gd += dy
        gW += np.outer(dh, rows[-1])  # MISTAKE: wrong-sample-index
        gc += dh
    W -= 0.05 * gW / len(rows)
    c -= 0.05 * gc / len(rows)
    V -= 0.05 * gV / len(rows)
    d -= 0.05 * gd / len(rows)
