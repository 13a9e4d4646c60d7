"""A softmax that subtracts the largest number of each row, and divides by the sum over the batch."""
import numpy as np

np.random.seed(12)
X = np.random.randn(30, 5)
labels = np.random.randint(0, 4, 30)
Y = np.eye(4)[labels]
W1 = np.random.randn(5, 7) * 0.5
b1 = np.zeros((1, 7))
W2 = np.random.randn(7, 4) * 0.5
b2 = np.zeros((1, 4))
rate = 0.1

for step in range(20):
    z1 = X.dot(W1) + b1
    a1 = np.tanh(z1)
    z2 = a1.dot(W2) + b2
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    p = e / e.sum(axis=0, keepdims=True)  # MISTAKE: softmax-over-batch
    print(step, -np.log(p[range(len(X)), labels]).mean())
    d2 = (p - Y) / len(X)
    d1 = d2.dot(W2.T) * (1 - a1 ** 2)
    W2 -= rate * a1.T.dot(d2)
    b2 -= rate * d2.sum(axis=0, keepdims=True)
    W1 -= rate * X.T.dot(d1)
    b1 -= rate * np.sum(d1)  # MISTAKE: bias-gradient-scalar
