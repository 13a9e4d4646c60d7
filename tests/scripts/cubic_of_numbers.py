"""A polynomial whose coefficients are four numbers: one linear layer over x, x squared and x cubed; right."""
import numpy as np

rng = np.random.RandomState(17)
x = np.linspace(-2, 2, 120)
y = np.exp(-x) * np.sin(2 * x)
a, b, c, d = rng.randn(4)
rate = 1e-4
for step in range(300):
    guess = a + b * x + c * x ** 2 + d * x ** 3
    loss = np.square(guess - y).sum()
    error = 2.0 * (guess - y)
    da = error.sum()
    db = (error * x).sum()
    dc = (error * x ** 2).sum()
    dd = (error * x ** 3).sum()
    a -= rate * da
    b -= rate * db
    c -= rate * dc
    d -= rate * dd
print(f"{a} + {b} x + {c} x^2 + {d} x^3")
