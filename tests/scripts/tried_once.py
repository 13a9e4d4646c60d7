"""One update that tries the functions, then the training from new weights."""
import numpy as np
X = np.array([[.5, 1.5], [1., 2.], [1.5, .5], [2., 3.], [3., 1.]]); y = np.array([[0], [0], [1], [1], [1]])
def init():
    np.random.seed(42)
    return {"W1": np.random.randn(2, 3), "b1": np.zeros((1, 3)), "W2": np.random.randn(3, 1), "b2": np.zeros((1, 1))}
def forward(p):
    h = np.maximum(0, np.dot(X, p["W1"]) + p["b1"])
    return h, 1 / (1 + np.exp(-(np.dot(h, p["W2"]) + p["b2"])))
def update(p):
    h, a = forward(p)
    d = a - y
    d1 = np.dot(d, p["W2"].T) * (h > 0)
    p["W2"] -= .1 * np.dot(h.T, d) / 5; p["b2"] -= .1 * d.sum(axis=0) / 5
    p["W1"] -= .1 * np.dot(X.T, d1) / 5; p["b1"] -= .1 * d1.sum(axis=0) / 5
    return p
update(init())              # a cell that tries the functions once
p = init()                  # the training, from new weights
for i in range(20):
    p = update(p)
