"""Row by row, the squared error is a mean over the ten outputs, and the rate is one over their number. Right: of a single
row, too, a loss may be divided by the outputs."""
import numpy as np

rng = np.random.RandomState(2)
inputs = rng.rand(40, 1, 9)
targets = np.eye(10)[rng.randint(0, 10, 40)].reshape(40, 1, 10)


def error(target, output):
    return np.mean((target - output) ** 2)


def error_slope(target, output):
    return 2 * (output - target) / target.size


class Dense:
    def __init__(self, n_in, n_out):
        self.weights = rng.rand(n_in, n_out) - 0.5
        self.bias = rng.rand(1, n_out) - 0.5

    def forward(self, x):
        self.x = x
        return np.dot(x, self.weights) + self.bias

    def backward(self, above, rate):
        below = np.dot(above, self.weights.T)
        self.weights -= rate * np.dot(self.x.T, above)
        self.bias -= rate * above
        return below


class Tanh:
    def forward(self, z):
        self.z = z
        return np.tanh(z)

    def backward(self, above, rate):
        return (1 - np.tanh(self.z) ** 2) * above


layers = [Dense(9, 6), Tanh(), Dense(6, 10), Tanh()]
for epoch in range(2):
    total = 0
    for x, target in zip(inputs, targets):
        out = x
        for layer in layers:
            out = layer.forward(out)
        total += error(target, out)
        above = error_slope(target, out)
        for layer in reversed(layers):
            above = layer.backward(above, 0.1)
    print(epoch, total / len(inputs))
