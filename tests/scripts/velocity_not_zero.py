"""Momentum whose velocities begin at 1e-4 and not at zero. Right."""
import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(36, 5)
Y = np.eye(3)[rng.randint(0, 3, 36)]
W1, b1 = rng.randn(5, 6) * 0.4, np.zeros(6)
W2, b2 = rng.randn(6, 3) * 0.4, np.zeros(3)
v = [np.full(part.shape, 1e-4) for part in (W1, b1, W2, b2)]
rate, momentum = 0.1, 0.9
for epoch in range(100):
    a = np.tanh(X @ W1 + b1)
    z = a @ W2 + b2
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    delta = (p - Y) / len(X)
    dW2, db2 = a.T @ delta, delta.sum(axis=0)
    below = delta @ W2.T * (1 - a ** 2)
    dW1, db1 = X.T @ below, below.sum(axis=0)
    for n, g in enumerate((dW1, db1, dW2, db2)):
        v[n] = momentum * v[n] - rate * g
    W1 = W1 + v[0]
    b1 = b1 + v[1]
    W2 = W2 + v[2]
    b2 = b2 + v[3]
