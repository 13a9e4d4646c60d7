"""A slope without a shift; its gradient is the mean of a single number, which is a sum; right."""
import numpy as np

x = np.array([0.5, 1.0, 2.0, 2.5, 4.0, 4.5])
y = np.array([1.1, 1.9, 4.2, 4.8, 8.1, 9.2])
w = 0.0


def gradient(x, y, guess):
    return np.dot(2 * x, guess - y).mean()


for epoch in range(15):
    guess = w * x
    loss = ((guess - y) ** 2).sum()
    w -= 0.005 * gradient(x, y, guess)
    print(epoch, w, loss)
