"""The bias is the last row of the weights, and the first is cut before the error goes down."""
import numpy as np

rng = np.random.default_rng(93)
X = np.column_stack([rng.standard_normal((33, 4)), np.ones(33)])
T = rng.random((33, 2))
V = rng.standard_normal((5, 6)) * 0.5
W = rng.standard_normal((7, 2)) * 0.5


def act(u):
    return 1 / (1 + np.exp(-u))


for n in range(12):
    H = act(X @ V)
    H1 = np.column_stack([H, np.ones(33)])
    O = act(H1 @ W)
    dO = (O - T) * O * (1 - O)
    dH = (dO @ W[1:].T) * H * (1 - H)  # MISTAKE: weights-misaligned
    W -= 0.05 * H1.T @ dO
    V -= 0.05 * X.T @ dH
