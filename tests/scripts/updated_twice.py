"""The second weight is updated at two places of each pass. Otherwise right."""
import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(30, 4)
Y = np.eye(3)[rng.randint(0, 3, 30)]
W1, b1 = rng.randn(4, 6) * 0.4, np.zeros(6)
W2, b2 = rng.randn(6, 3) * 0.4, np.zeros(3)
rate = 0.1
for epoch in range(100):
    a = np.tanh(X @ W1 + b1)
    z = a @ W2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    delta = (p - Y) / len(X)
    dW2, db2 = a.T @ delta, delta.sum(axis=0)
    below = delta @ W2.T * (1 - a ** 2)
    dW1, db1 = X.T @ below, below.sum(axis=0)
    W2 -= rate * dW2
    b2 -= rate * db2
    W1 -= rate * dW1
    b1 -= rate * db1
    W2 -= rate * dW2  # MISTAKE: updated-twice
