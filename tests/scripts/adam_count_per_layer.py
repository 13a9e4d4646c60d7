"""Adam whose count goes up at every layer and not once in an update. Otherwise right."""
import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(36, 5)
y = rng.randint(0, 3, 36)
Y = np.eye(3)[y]


class Adam:
    def __init__(self, rate=0.01):
        self.rate, self.t, self.m, self.v = rate, 0, {}, {}

    def step(self, layer):
        self.t += 1
        for name in ("W", "b"):
            g = layer["d" + name]
            key = id(layer), name
            m = self.m[key] = 0.9 * self.m.get(key, 0) + 0.1 * g
            v = self.v[key] = 0.999 * self.v.get(key, 0) + 0.001 * g ** 2
            m_hat = m / (1 - 0.9 ** self.t)
            v_hat = v / (1 - 0.999 ** self.t)
            layer[name] = layer[name] - self.rate * m_hat / (np.sqrt(v_hat) + 1e-8)  # MISTAKE: adam-step-count


first = {"W": rng.randn(5, 6) * 0.4, "b": np.zeros(6)}
second = {"W": rng.randn(6, 3) * 0.4, "b": np.zeros(3)}
adam = Adam()
for epoch in range(100):
    a = np.tanh(X @ first["W"] + first["b"])
    z = a @ second["W"] + second["b"]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    delta = (p - Y) / len(X)
    second["dW"], second["db"] = a.T @ delta, delta.sum(axis=0)
    below = delta @ second["W"].T * (1 - a ** 2)
    first["dW"], first["db"] = X.T @ below, below.sum(axis=0)
    for layer in (first, second):
        adam.step(layer)
