"""The loss that is printed is a mean, the gradient is a sum."""
import numpy as np

rng = np.random.default_rng(73)
X = rng.standard_normal((50, 4))
Y = np.eye(3)[rng.integers(0, 3, 50)]
W1, b1 = rng.standard_normal((4, 6)) * 0.5, np.zeros(6)
W2, b2 = rng.standard_normal((6, 3)) * 0.5, np.zeros(3)
for i in range(30):
    A1 = np.tanh(X @ W1 + b1)
    Z2 = A1 @ W2 + b2
    E = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
    A2 = E / E.sum(axis=1, keepdims=True)
    print("loss", -np.mean(np.sum(Y * np.log(A2), axis=1)))
    D2 = A2 - Y  # MISTAKE: sum-instead-of-mean
    D1 = (D2 @ W2.T) * (1 - A1 ** 2)
    W2 -= 0.003 * A1.T @ D2
    b2 -= 0.003 * D2.sum(axis=0)
    W1 -= 0.003 * X.T @ D1
    b1 -= 0.003 * D1.sum(axis=0)
