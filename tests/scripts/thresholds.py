"""Thresholds are subtracted, row by row with an update for each row; right."""
import numpy as np

rng = np.random.default_rng(30)
samples = rng.uniform(0.1, 1, (40, 4))
wanted = rng.uniform(0.2, 0.8, (40, 2))
w_hidden = rng.uniform(-0.6, 0.6, (4, 5))
t_hidden = rng.uniform(-0.6, 0.6, 5)
w_out = rng.uniform(-0.6, 0.6, (5, 2))
t_out = rng.uniform(-0.6, 0.6, 2)
alpha = 0.1
for epoch in range(3):
    for x, yd in zip(samples, wanted):
        hidden = 1 / (1 + np.exp(-(x.dot(w_hidden) - t_hidden)))
        y = 1 / (1 + np.exp(-(hidden.dot(w_out) - t_out)))
        error = yd - y
        grad_out = y * (1 - y) * error
        grad_hidden = hidden * (1 - hidden) * w_out.dot(grad_out)
        w_out += alpha * np.outer(hidden, grad_out)
        t_out += alpha * -1 * grad_out
        w_hidden += alpha * np.outer(x, grad_hidden)
        t_hidden += alpha * -1 * grad_hidden
