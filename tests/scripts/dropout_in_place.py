"""Inverted dropout in two statements on the way there and back; all is right."""
import numpy as np
np.random.seed(0)
X = np.random.randn(5, 60); Y = (X[:1] * X[1:2] > 0).astype(int); m = 60; keep_prob = 0.8
W1 = np.random.randn(9, 5); b1 = np.zeros((9, 1)); W2 = np.random.randn(1, 9); b2 = np.zeros((1, 1))
for k in range(30):
    Z1 = np.dot(W1, X) + b1
    A1 = np.maximum(0, Z1)
    D1 = np.random.rand(A1.shape[0], A1.shape[1]) < keep_prob
    A1 = A1 * D1
    A1 = A1 / keep_prob
    A2 = 1 / (1 + np.exp(-(np.dot(W2, A1) + b2)))
    dZ2 = A2 - Y
    dW2 = 1. / m * np.dot(dZ2, A1.T); db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dA1 = dA1 * D1
    dA1 = dA1 / keep_prob
    dZ1 = np.multiply(dA1, np.int64(A1 > 0))
    dW1 = 1. / m * np.dot(dZ1, X.T); db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
    W1 = W1 - .3 * dW1; b1 = b1 - .3 * db1; W2 = W2 - .3 * dW2; b2 = b2 - .3 * db2
