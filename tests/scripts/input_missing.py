"""The gradient of the slope lacks x."""
import numpy as np

x = np.linspace(0.5, 4, 30)
y = 2 * x + 1 + 0.1 * np.random.RandomState(2).randn(30)
m, b = 0.3, 0.2
for i in range(50):
    p = m * x + b
    dm = 2 * np.mean(p - y)  # MISTAKE: wrong-layer-input
    db = 2 * np.mean(p - y)
    m -= 0.01 * dm
    b -= 0.01 * db
