"""A line of two numbers behind a sigmoid, which begin whole, with data that numpy gives one by one; right."""
import numpy as np

points = [(4, 0.8), (-2, 0.3), (1, 0.6), (0, 0.45), (-5, 0.1), (3, 0.9)]
a, b = 0, 0


def curve(a, b, x):
    return 1 / (1 + np.exp(-a * x - b))


for epoch in range(40):
    x, y = np.array([one for one, _ in points]), np.array([two for _, two in points])
    slope, shift = 0, 0
    for n in range(len(points)):
        error = curve(a, b, x[n]) - y[n]
        slope += error * x[n]
        shift += error
    a -= 0.05 * slope / len(points)
    b -= 0.05 * shift / len(points)
