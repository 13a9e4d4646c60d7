"""The gradient of the last weights is one number for all of them, since it is made with the output in place of its input."""
import numpy as np

rng = np.random.RandomState(9)
X = rng.rand(1, 80)
Y = np.sin(3 * X) / 2 + 0.5
W1, b1 = rng.randn(6, 1) * 0.5, np.zeros((6, 1))
W2, b2 = rng.randn(1, 6) * 0.5, np.zeros((1, 1))
for i in range(100):
    h = np.tanh(W1 @ X + b1)
    p = 1 / (1 + np.exp(-(W2 @ h + b2)))
    d2 = p - Y
    dW2 = d2 @ p.T / 80  # MISTAKE: wrong-layer-input
    d1 = W2.T * d2 * (1 - h ** 2)
    W1 = W1 - 0.5 * d1 @ X.T / 80
    b1 = b1 - 0.5 * d1.sum(axis=1, keepdims=True) / 80
    W2 = W2 - 0.5 * dW2
    b2 = b2 - 0.5 * d2.sum(axis=1, keepdims=True) / 80
