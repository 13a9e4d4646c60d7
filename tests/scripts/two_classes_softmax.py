"""Softmax over two classes with its cross-entropy, of which the binary one over both outputs is half: one number by two names.
Weights so large that some probabilities are nearly 0. Right."""
import numpy as np

rng = np.random.RandomState(1)
X = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]])
T = np.eye(2, dtype=int)[np.array([0, 1, 1, 0])]
A, B = 2 * rng.randn(3, 40), 2 * rng.randn(40, 2)
for i in range(50):
    h = 1 / (1 + np.exp(-X.dot(A)))
    s = h.dot(B)
    p = np.exp(s - s.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    print(i, -np.sum(T * np.log(p)) / len(X))
    d = (p - T) / len(X)
    dA = X.T.dot(d.dot(B.T) * h * (1 - h))
    B -= h.T.dot(d)
    A -= dA
