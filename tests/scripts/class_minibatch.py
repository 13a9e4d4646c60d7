"""A class with lists of weights, mini-batches, loop over layers; right."""
import numpy as np


class Network:
    def __init__(self, sizes):
        rng = np.random.default_rng(1)
        self.weights = [rng.standard_normal((a, b)) / np.sqrt(a) for a, b in zip(sizes, sizes[1:])]
        self.biases = [np.zeros((1, b)) for b in sizes[1:]]

    def forward(self, x):
        self.activations, self.zs = [x], []
        for i, (w, b) in enumerate(zip(self.weights, self.biases)):
            z = self.activations[-1] @ w + b
            self.zs.append(z)
            last = i == len(self.weights) - 1
            self.activations.append(self.softmax(z) if last else np.maximum(0, z))
        return self.activations[-1]

    @staticmethod
    def softmax(z):
        e = np.exp(z - np.max(z, axis=1, keepdims=True))
        return e / np.sum(e, axis=1, keepdims=True)

    def step(self, x, y, rate):
        p = self.forward(x)
        delta = (p - y) / x.shape[0]
        grads = []
        for i in reversed(range(len(self.weights))):
            grads.append((self.activations[i].T @ delta, delta.sum(axis=0, keepdims=True)))
            if i > 0:
                delta = (delta @ self.weights[i].T) * (self.zs[i - 1] > 0)
        for i, (dw, db) in enumerate(reversed(grads)):
            self.weights[i] -= rate * dw
            self.biases[i] -= rate * db


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    data = rng.standard_normal((200, 7))
    target = np.eye(4)[rng.integers(0, 4, 200)]
    net = Network([7, 10, 9, 4])
    for epoch in range(5):
        order = rng.permutation(len(data))
        for start in range(0, len(data), 25):
            rows = order[start:start + 25]
            net.step(data[rows], target[rows], 0.1)
