"""Gradients of four rows that are repeated are added up in place, row by row; right."""
import numpy as np
rng = np.random.RandomState(4)
X = np.array([[0., 1.], [1., 0.], [1., 1.], [.5, -1.]] * 9); Y = np.array([[1., 0.], [0., 1.], [1., 1.], [0., 0.]] * 9)
W = [rng.randn(3, 2), rng.randn(2, 3)]; B = [rng.randn(3, 1), rng.randn(2, 1)]
def s(z): return 1 / (1 + np.exp(-z))
for epoch in range(20):
    dW, dB = [np.zeros(w.shape) for w in W], [np.zeros(b.shape) for b in B]
    for x, y in zip(X, Y):
        a = [x.reshape(-1, 1)]
        for w, b in zip(W, B):
            a.append(s(w @ a[-1] + b))
        d = (y.reshape(-1, 1) - a[2]) * a[2] * (1 - a[2])
        dB[1] += d
        dW[1] += d @ a[1].T
        d = (W[1].T @ d) * a[1] * (1 - a[1])
        dB[0] += d
        dW[0] += d @ a[0].T
    for i in range(2):
        W[i] += 0.5 * dW[i] / len(X)
        B[i] += 0.5 * dB[i] / len(X)
