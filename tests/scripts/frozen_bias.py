"""One gradient stands where the weights should, and the biases are computed and never updated."""
import numpy as np

rng = np.random.default_rng(82)
X = rng.standard_normal((30, 5))
Y = rng.random((30, 3))
W1, b1 = rng.standard_normal((5, 7)) * 0.5, rng.standard_normal(7) * 0.1
W2, b2 = rng.standard_normal((7, 3)) * 0.5, rng.standard_normal(3) * 0.1
for i in range(10):
    A1 = np.tanh(X @ W1 + b1)
    A2 = A1 @ W2 + b2
    E = A2 - Y
    print((E ** 2).sum() / 60)
    D2 = E / 30
    dW2 = A1.T @ D2
    D1 = (D2 @ dW2.T) * (1 - A1 ** 2)  # MISTAKE: gradient-instead-of-weights
    dW1 = X.T @ D1
    W2 -= 0.1 * dW2
    W1 -= 0.1 * dW1
