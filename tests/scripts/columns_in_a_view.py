"""Biases as columns, added to a product that is turned afterwards."""
import numpy as np
np.random.seed(0)
X = np.random.randn(60, 5); T = np.eye(3)[np.random.randint(0, 3, 60)]
W1 = np.random.randn(7, 5) * .5; b1 = np.zeros((7, 1)); W2 = np.random.randn(3, 7) * .5; b2 = np.zeros((3, 1))
for epoch in range(20):
    z1 = (np.dot(W1, X.T) + b1).T
    h = np.maximum(z1, 0)
    z2 = (np.dot(W2, h.T) + b2).T
    e = np.exp(z2 - np.max(z2))
    p = e / np.sum(e, axis=1, keepdims=True)
    d = p - T
    d1 = (z1 > 0) * np.dot(d, W2)
    W2 -= .1 * np.dot(d.T, h) / 60; b2 -= .1 * np.mean(d, axis=0, keepdims=True).T
    W1 -= .1 * np.dot(d1.T, X) / 60; b1 -= .1 * np.mean(d1, axis=0, keepdims=True).T
