"""Plain statements, rows, softmax with cross-entropy."""
import numpy as np

np.random.seed(0)
X = np.random.randn(40, 6)
labels = np.random.randint(0, 3, 40)
Y = np.eye(3)[labels]
W1 = np.random.randn(6, 8) * 0.4
b1 = np.zeros(8)
W2 = np.random.randn(8, 3) * 0.4
b2 = np.zeros(3)
alpha = 0.3

for epoch in range(50):
    h = np.tanh(X @ W1 + b1)
    scores = h @ W2 + b2
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * np.log(probs)) / len(X)
    print(epoch, loss)
    err = (probs - Y) / len(X)
    gW2 = h.T @ err
    gb2 = err.sum(axis=0)
    back = (err @ W2.T) * (1 - h ** 2)
    gW1 = X.T @ back
    gb1 = back.sum(axis=0)
    W1 -= alpha * gW1
    b1 -= alpha * gb1
    W2 -= alpha * gW2
    b2 -= alpha * gb2
