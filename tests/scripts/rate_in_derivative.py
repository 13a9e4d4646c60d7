"""The rate stands in every gradient, in one of them before the derivative of the hidden function; right."""
import numpy as np

rng = np.random.RandomState(3)
inputs = np.linspace(-2, 2, 41).reshape(1, 41)
goal = inputs * inputs
V, b = rng.rand(6, 1) - 0.5, rng.rand(6, 1) - 0.5
U, c = rng.rand(1, 6) - 0.5, rng.rand(1, 1) - 0.5
rate = 0.002
for epoch in range(100):
    hidden = np.tanh(V @ inputs + b)
    error = goal - (U @ hidden + c)
    back = U.T @ error
    dU = rate * error @ hidden.T
    dc = rate * error.sum(axis=1, keepdims=True)
    dV = rate * (1 - hidden * hidden) * back @ inputs.T
    db = rate * ((1 - hidden * hidden) * back).sum(axis=1, keepdims=True)
    U, c, V, b = U + dU, c + dc, V + dV, b + db
