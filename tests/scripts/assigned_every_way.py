"""Values are given by annotations, :=, with, for and to attributes of what a method gives; right."""
import contextlib
import numpy as np
from dataclasses import dataclass, field

rng = np.random.RandomState(4)

@dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray = field(default_factory=lambda: np.zeros(1))
    dW: np.ndarray = None

class Net:
    layers: list = []

    def __init__(self, *widths):
        self.layers = [Layer(rng.randn(a, b) * 0.5, np.zeros(b)) for a, b in zip(widths, widths[1:])]

    def layer(self, n) -> Layer:
        return self.layers[n]

    def step(self, x, y, rate: float = 0.1):
        hidden: np.ndarray
        if (z := x @ self.layer(0).W + self.layer(0).b) is not None:
            hidden = np.tanh(z)
        self.out: np.ndarray = hidden @ self.layer(1).W + self.layer(1).b
        delta: np.ndarray = (self.out - y) / len(x)
        self.layer(1).dW = hidden.T @ delta
        back = (delta @ self.layer(1).W.T) * (1 - hidden ** 2)
        self.layer(0).dW = x.T @ back
        for n, d in ((0, back), (1, delta)):
            self.layer(n).W -= rate * self.layer(n).dW
            self.layer(n).b[:] -= rate * d.sum(axis=0)

@contextlib.contextmanager
def batch(x, y):
    yield x, y

X = rng.rand(40, 3)
Y = X @ rng.rand(3, 2)
net = Net(3, 5, 2)
for net.epoch in range(20):
    with batch(X, Y) as (x, y):
        net.step(x, y)
