"""Weights as (out, in) used transposed, float32, leaky relu whose leak is forgotten on the way back."""
import numpy as np

rng = np.random.default_rng(31)
x = rng.standard_normal((45, 6)).astype(np.float32)
y = rng.integers(0, 3, 45)
fc1 = (rng.standard_normal((9, 6)) * 0.4).astype(np.float32)
c1 = np.zeros(9, dtype=np.float32)
fc2 = (rng.standard_normal((3, 9)) * 0.4).astype(np.float32)
c2 = np.zeros(3, dtype=np.float32)


def leaky(v):
    return np.where(v > 0, v, np.float32(0.1) * v)


def leaky_grad(v):
    return (v > 0).astype(np.float32)  # MISTAKE: wrong-activation-derivative


def one_hot(labels, k):
    out = np.zeros((labels.size, k), dtype=np.float32)
    out[np.arange(labels.size), labels] = 1
    return out


target = one_hot(y, 3)
for epoch in range(10):
    u1 = x @ fc1.T + c1
    h1 = leaky(u1)
    u2 = h1 @ fc2.T + c2
    ez = np.exp(u2 - u2.max(axis=1, keepdims=True))
    q = ez / ez.sum(axis=1, keepdims=True)
    g2 = (q - target) / np.float32(len(x))
    g1 = (g2 @ fc2) * leaky_grad(u1)
    fc2 -= np.float32(0.2) * (g2.T @ h1)
    c2 -= np.float32(0.2) * g2.sum(axis=0)
    fc1 -= np.float32(0.2) * (g1.T @ x)
    c1 -= np.float32(0.2) * g1.sum(axis=0)
