"""Two columns of ones, of which the penalty spares the first; right."""
import numpy as np
rng = np.random.RandomState(3)
x = rng.rand(40, 9); y = (x.sum(axis=1) > 4.5).astype(float)
X = np.column_stack([np.ones(40), np.ones(40), x])
theta = rng.randn(11) * 0.1
for step in range(30):
    p = 1 / (1 + np.exp(-X @ theta))
    gradient = X.T @ (p - y) / 40
    gradient[1:] += 0.5 / 40 * theta[1:]
    theta = theta - 0.3 * gradient
