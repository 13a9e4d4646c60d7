"""An optimizer of its own with momentum, gradients in lists; the last layer's error has an extra derivative."""
import numpy as np


class Momentum:
    def __init__(self, parameters, rate, beta):
        self.parameters, self.rate, self.beta = parameters, rate, beta
        self.velocity = [np.zeros_like(p) for p in parameters]

    def step(self, gradients):
        for i in range(len(self.parameters)):
            self.velocity[i] = self.beta * self.velocity[i] + (1 - self.beta) * gradients[i]
            self.parameters[i] -= self.rate * self.velocity[i]


rng = np.random.default_rng(92)
X = rng.standard_normal((40, 4))
Y = np.eye(3)[rng.integers(0, 3, 40)]
params = [rng.standard_normal((4, 6)) * 0.5, np.zeros((1, 6)), rng.standard_normal((6, 3)) * 0.5, np.zeros((1, 3))]
optimizer = Momentum(params, 0.1, 0.9)
for it in range(20):
    h = 1 / (1 + np.exp(-(X @ params[0] + params[1])))
    o = h @ params[2] + params[3]
    q = np.exp(o - o.max(axis=1, keepdims=True))
    q = q / q.sum(axis=1, keepdims=True)
    cross_entropy = -np.mean(np.sum(Y * np.log(q), axis=1))
    e = (q - Y) / 40
    d_o = e * q * (1 - q)  # MISTAKE: extra-output-derivative
    d_h = (d_o @ params[2].T) * h * (1 - h)
    optimizer.step([X.T @ d_h, d_h.sum(0, keepdims=True), h.T @ d_o, d_o.sum(0, keepdims=True)])
