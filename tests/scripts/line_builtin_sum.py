"""A line of two numbers through arrays, which Python's own sum adds up; only one of both gradients is a mean."""
import numpy as np

rng = np.random.RandomState(13)
x = rng.rand(30) * 4
y = 1.5 * x - 1 + 0.2 * rng.randn(30)
slope = shift = 0
n = len(x)
for epoch in range(40):
    guess = slope * x + shift
    loss = (1 / n) * sum([value ** 2 for value in (y - guess)])
    dslope = -2 * sum(x * (y - guess)) / n
    dshift = -2 * sum(y - guess)  # MISTAKE: bias-weight-scale-mismatch
    slope = slope - 0.005 * dslope
    shift = shift - 0.005 * dshift
    print(epoch, loss)
