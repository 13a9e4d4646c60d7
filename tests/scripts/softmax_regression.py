"""Softmax regression whose softmax divides by the sum of the whole matrix."""
import numpy as np

rng = np.random.default_rng(71)
X = rng.standard_normal((30, 4))
labels = rng.integers(0, 3, 30)
T = np.zeros((30, 3))
T[np.arange(30), labels] = 1
W = rng.standard_normal((4, 3)) * 0.3
b = np.zeros(3)


def softmax(z):
    ez = np.exp(z - np.max(z))
    return ez / np.sum(ez)  # MISTAKE: softmax-over-all


for step in range(40):
    y = softmax(X @ W + b)
    grad = y - T
    W -= 0.01 * X.T @ grad / 30
    b -= 0.01 * grad.mean(axis=0)
