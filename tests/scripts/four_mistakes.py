"""Columns are samples; four mistakes."""
import numpy as np

rng = np.random.default_rng(60)
X = rng.standard_normal((5, 40))
Y = np.eye(3)[:, rng.integers(0, 3, 40)]
W1, b1 = rng.standard_normal((7, 5)) * 0.5, np.zeros((7, 1))
W2, b2 = rng.standard_normal((3, 7)) * 0.5, np.zeros((3, 1))
m = X.shape[1]


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def sigmoid_deriv(Z):
    return Z * (1 - Z)


def softmax(Z):
    E = np.exp(Z)
    return E / np.sum(E, axis=0)


for i in range(10):
    Z1 = W1 @ X + b1
    A1 = sigmoid(Z1)
    Z2 = W2 @ A1 + b2
    A2 = softmax(Z2)
    J = -np.sum(Y * np.log(A2)) / m
    E2 = Y - A2  # MISTAKE: residual-sign
    D2 = E2 * sigmoid_deriv(A2)  # MISTAKE: extra-output-derivative
    D1 = (W2.T @ E2) * sigmoid_deriv(Z1)  # MISTAKE: raw-error-propagated  # MISTAKE: activation-derivative-of-preactivation
    W2 = W2 - 0.1 * (1 / m) * D2 @ A1.T
    b2 = b2 - 0.1 * (1 / m) * D2.sum(axis=1, keepdims=True)
    W1 = W1 - 0.1 * (1 / m) * D1 @ X.T
    b1 = b1 - 0.1 * (1 / m) * D1.sum(axis=1, keepdims=True)
