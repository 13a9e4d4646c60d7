"""Adam that corrects its averages for their start at zero, and its rate once more."""
import numpy as np

rng = np.random.default_rng(37)
x = rng.standard_normal((36, 5))
y = np.eye(3)[rng.integers(0, 3, 36)]
W1 = rng.standard_normal((5, 6)) * 0.5
b1 = np.zeros(6)
W2 = rng.standard_normal((6, 3)) * 0.5
b2 = np.zeros(3)
parameters = [W1, b1, W2, b2]
m, v = [np.zeros_like(one) for one in parameters], [np.zeros_like(one) for one in parameters]

for t in range(1, 11):
    a1 = np.tanh(x @ W1 + b1)
    z2 = a1 @ W2 + b2
    e = np.exp(z2)
    p = e / e.sum(axis=1, keepdims=True)
    d2 = (p - y) / len(x)
    d1 = (d2 @ W2.T) * (1 - a1 ** 2)
    gradients = [x.T @ d1, d1.sum(axis=0), a1.T @ d2, d2.sum(axis=0)]
    for i in range(4):
        m[i] = 0.9 * m[i] + 0.1 * gradients[i]
        v[i] = 0.999 * v[i] + 0.001 * gradients[i] ** 2
        m_hat, v_hat = m[i] / (1 - 0.9 ** t), v[i] / (1 - 0.999 ** t)
        rate = 0.01 * np.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t)
        parameters[i] -= rate * m_hat / (np.sqrt(v_hat) + 1e-8)  # MISTAKE: adam-corrected-twice
