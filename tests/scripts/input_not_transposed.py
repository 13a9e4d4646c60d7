"""As many rows as hidden units, so that no shape complains of an activation that is not transposed. Otherwise right."""
import numpy as np

rng = np.random.RandomState(8)
X = rng.randn(6, 3)
Y = rng.rand(6, 2)
W1, W2 = rng.randn(3, 6) * 0.7, rng.randn(6, 2) * 0.7
for epoch in range(40):
    a = 1 / (1 + np.exp(-(X @ W1)))
    p = 1 / (1 + np.exp(-(a @ W2)))
    print(np.sum((p - Y) ** 2))
    d2 = 2 * (p - Y) * p * (1 - p)
    d1 = d2 @ W2.T * a * (1 - a)
    dW2 = a @ d2  # MISTAKE: wrong-layer-input
    dW1 = X.T @ d1
    W2 -= 0.1 * dW2
    W1 -= 0.1 * dW1
