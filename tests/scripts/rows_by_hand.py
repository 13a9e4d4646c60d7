"""Sums over rows by hand, vectors, squared error; the hidden derivative is missing."""
import numpy as np

rng = np.random.default_rng(5)
data = rng.uniform(-1, 1, (30, 4))
truth = rng.uniform(0, 1, (30, 2))
V = rng.normal(0, 0.5, (4, 6))
U = rng.normal(0, 0.5, (6, 2))


def squash(s):
    return 1.0 / (1.0 + np.exp(-s))


for it in range(20):
    total = 0.0
    dV = np.zeros(V.shape)
    dU = np.zeros(U.shape)
    for k in range(len(data)):
        x = data[k]
        hid = squash(np.dot(x, V))
        out = squash(np.dot(hid, U))
        diff = out - truth[k]
        total += 0.5 * np.sum(diff ** 2)
        d_out = diff * out * (1 - out)
        d_hid = np.dot(U, d_out)  # MISTAKE: missing-activation-derivative
        dU += np.outer(hid, d_out)
        dV += np.outer(x, d_hid)
    V = V - 0.05 * dV
    U = U - 0.05 * dU
    print(total)
