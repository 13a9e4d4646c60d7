"""A class that learns row by row, the update inside its backward pass; right."""
import numpy as np


class XorNet:
    def __init__(self):
        rng = np.random.default_rng(70)
        self.w1, self.b1 = rng.standard_normal((2, 3)), rng.standard_normal((1, 3)) * 0.1
        self.w2, self.b2 = rng.standard_normal((3, 1)), rng.standard_normal((1, 1)) * 0.1

    def forward(self, row):
        self.inp = row
        self.hid = np.tanh(self.inp @ self.w1 + self.b1)
        self.out = np.tanh(self.hid @ self.w2 + self.b2)
        return self.out

    def backward(self, target, rate):
        d_out = 2 * (self.out - target) * (1 - self.out ** 2)
        d_hid = (d_out @ self.w2.T) * (1 - self.hid ** 2)
        self.w2 -= rate * self.hid.T @ d_out
        self.b2 -= rate * d_out
        self.w1 -= rate * self.inp.T @ d_hid
        self.b1 -= rate * d_hid


table = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
net = XorNet()
for epoch in range(200):
    total = 0
    for inputs, target in table:
        out = net.forward(np.array([inputs], dtype=float))
        total += float((out[0, 0] - target) ** 2)
        net.backward(np.array([[target]]), 0.1)
print(total)
