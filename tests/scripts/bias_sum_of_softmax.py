"""The digit recogniser that is copied most, told again: the gradient of each layer's biases is one number, the sum over
everything. Of a softmax less its targets that sum is nothing but rounding, and the biases of the output stand still."""
import numpy as np

rng = np.random.RandomState(8)
rows, inputs, classes = 60, 12, 10
data = rng.randint(0, 256, (inputs, rows)) / 255.0
labels = rng.randint(0, classes, rows)
W1, b1 = rng.randn(8, inputs) * 0.3, rng.randn(8, 1) * 0.3
W2, b2 = rng.randn(classes, 8) * 0.3, rng.randn(classes, 1) * 0.3


def one_hot(labels):
    table = np.zeros((labels.size, classes))
    table[np.arange(labels.size), labels] = 1
    return table.T


def forward(x):
    z1 = W1.dot(x) + b1
    a1 = np.maximum(z1, 0)
    z2 = W2.dot(a1) + b2
    e = np.exp(z2 - z2.max(axis=0))
    return z1, a1, e / e.sum(axis=0)


rate = 0.10
for step in range(40):
    z1, a1, p = forward(data)
    d2 = p - one_hot(labels)
    dW2 = 1 / rows * d2.dot(a1.T)
    db2 = 1 / rows * np.sum(d2)  # MISTAKE: bias-gradient-scalar
    d1 = W2.T.dot(d2) * (z1 > 0)
    dW1 = 1 / rows * d1.dot(data.T)
    db1 = 1 / rows * np.sum(d1)  # MISTAKE: bias-gradient-scalar
    W1, b1 = W1 - rate * dW1, b1 - rate * db1
    W2, b2 = W2 - rate * dW2, b2 - rate * db2
    if step % 10 == 0:
        print(step, np.mean(p.argmax(0) == labels))
