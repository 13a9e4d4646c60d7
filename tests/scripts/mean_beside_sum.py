"""A mean squared error is printed, and the gradient is that of half the sum; right but for scale."""
import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(12, 4)
Y = rng.rand(12, 1)
W1, b1 = rng.randn(4, 5), np.zeros((1, 5))
W2, b2 = rng.randn(5, 1), np.zeros((1, 1))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


for epoch in range(100):
    a = sigmoid(X @ W1 + b1)
    p = sigmoid(a @ W2 + b2)
    loss = np.mean((Y - p) ** 2)
    if epoch % 10 == 0:
        print(f"loss {loss}")
    d2 = (p - Y) * p * (1 - p)
    d1 = (d2 @ W2.T) * a * (1 - a)
    dW2, db2 = a.T @ d2, np.sum(d2, axis=0, keepdims=True)
    dW1, db1 = X.T @ d1, np.sum(d1, axis=0, keepdims=True)
    W2 -= 0.1 * dW2
    b2 -= 0.1 * db2
    W1 -= 0.1 * dW1
    b1 -= 0.1 * db1
