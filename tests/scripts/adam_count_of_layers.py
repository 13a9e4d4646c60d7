"""Adam whose count goes up at every layer, with gradients so small that its epsilon shows. Otherwise right."""
import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(40, 1)
t = np.sin(3 * X)


class Layer:
    def __init__(self, inputs, units):
        self.w, self.b = 0.1 * rng.randn(inputs, units), np.zeros((1, units))
        self.mw, self.vw, self.mb, self.vb = (np.zeros(shape) for shape in 2 * [(inputs, units)] + 2 * [(1, units)])


layers = [Layer(1, 12), Layer(12, 10), Layer(10, 1)]
count = 0
for epoch in range(60):
    a1 = np.tanh(X @ layers[0].w + layers[0].b)
    a2 = np.tanh(a1 @ layers[1].w + layers[1].b)
    out = a2 @ layers[2].w + layers[2].b
    g3 = 2 * (out - t) / len(X)
    g2 = g3 @ layers[2].w.T * (1 - a2 ** 2)
    g1 = g2 @ layers[1].w.T * (1 - a1 ** 2)
    for layer, below, g in zip(layers, (X, a1, a2), (g1, g2, g3)):
        layer.dw, layer.db = below.T @ g, g.sum(axis=0, keepdims=True)
    for layer in layers:
        layer.mw = 0.9 * layer.mw + 0.1 * layer.dw
        layer.vw = 0.999 * layer.vw + 0.001 * layer.dw ** 2
        layer.mb = 0.9 * layer.mb + 0.1 * layer.db
        layer.vb = 0.999 * layer.vb + 0.001 * layer.db ** 2
        first, second = 1 - 0.9 ** (count + 1), 1 - 0.999 ** (count + 1)
        layer.w += -0.01 * (layer.mw / first) / (np.sqrt(layer.vw / second) + 1e-7)  # MISTAKE: adam-step-count
        layer.b += -0.01 * (layer.mb / first) / (np.sqrt(layer.vb / second) + 1e-7)
        count += 1
