"""A line through points, w·x + b, whose parameters are two numbers: the first regression that people write. Right."""
import numpy as np

rng = np.random.RandomState(11)
x = rng.uniform(0, 5, 40)
y = 3 * x + 2 + rng.randn(40)
w, b = 0.0, 0.0
n = len(x)
for step in range(200):
    guess = w * x + b
    if step % 50 == 0:
        print(step, np.mean((y - guess) ** 2))
    dw = -(2 / n) * np.sum(x * (y - guess))
    db = -(2 / n) * np.sum(y - guess)
    w -= 0.01 * dw
    b -= 0.01 * db
