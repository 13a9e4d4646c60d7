"""Momentum, three layers, class numbers as targets and two more mistakes."""
import numpy as np

rng = np.random.default_rng(11)
x = rng.standard_normal((36, 5))
t = rng.integers(0, 4, (36, 1))
shapes = [(5, 7), (7, 6), (6, 4)]
Ws = [rng.standard_normal(s) * 0.4 for s in shapes]
bs = [np.zeros(s[1]) for s in shapes]
vW = [np.zeros_like(w) for w in Ws]
vb = [np.zeros_like(b) for b in bs]
mu, eta = 0.9, 0.01


def sig(v):
    return 1 / (1 + np.exp(-v))


for epoch in range(10):
    z0 = x @ Ws[0] + bs[0]
    a0 = sig(z0)
    z1 = a0 @ Ws[1] + bs[1]
    a1 = sig(z1)
    z2 = a1 @ Ws[2] + bs[2]
    ex = np.exp(z2)
    out = ex / ex.sum(axis=0)  # MISTAKE: softmax-over-batch
    d2 = (out - t) / len(x)  # MISTAKE: targets-not-one-hot
    d1 = (d2 @ Ws[2].T) * a1 * (1 - a1)
    d0 = (d1 @ Ws[1].T) * sig(a0) * (1 - sig(a0))  # MISTAKE: activation-derivative-of-activation
    grads = [x.T @ d0, a0.T @ d1, a1.T @ d2]
    gbs = [d0.sum(0), d1.sum(0), d2.sum(0)]
    for k in range(3):
        vW[k] = mu * vW[k] - eta * grads[k]
        vb[k] = mu * vb[k] - eta * gbs[k]
        Ws[k] = Ws[k] + vW[k]
        bs[k] = bs[k] + vb[k]
