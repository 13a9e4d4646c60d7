"""Logistic regression whose bias is one number and does not start at zero; all is right."""
import numpy as np

rng = np.random.default_rng(95)
x = rng.normal(size=(45, 3))
y = (x @ rng.normal(size=3) > 0).astype(float)
theta, bias = rng.normal(size=3), 0.1

for step in range(30):
    p = 1 / (1 + np.exp(-(x @ theta + bias)))
    print(step, -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    error = p - y
    theta = theta - 0.3 * x.T @ error / len(y)
    bias = bias - 0.3 * error.mean()
