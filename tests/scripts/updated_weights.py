"""Classes of layers with backward methods; each layer updates itself before it passes the error on."""
import numpy as np


class Dense:
    def __init__(self, n_in, n_out, rng):
        self.W = rng.standard_normal((n_in, n_out)) * 0.5
        self.b = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, grad, lr):
        dW = np.dot(self.x.T, grad)
        db = grad.sum(axis=0, keepdims=True)
        self.W -= lr * dW
        self.b -= lr * db
        return np.dot(grad, self.W.T)  # MISTAKE: updated-weights-in-backprop


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad, lr):
        return grad * (1 - self.out ** 2)


rng = np.random.default_rng(21)
X = rng.standard_normal((24, 4))
T = rng.standard_normal((24, 2))
layers = [Dense(4, 5, rng), Tanh(), Dense(5, 2, rng)]
for epoch in range(30):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = np.mean(np.sum((out - T) ** 2, axis=1))
    grad = 2 * (out - T) / len(X)
    for layer in reversed(layers):
        grad = layer.backward(grad, 0.05)
