"""Single rows, and a second pass forward that shows the outputs at the first step and then seldom."""
import numpy as np, random
X = np.array([[0., 0], [1, 0], [0, 1], [1, 1]]); Y = np.array([[0.], [1], [1], [0]])
np.random.seed(0); random.seed(0)
W1 = np.random.rand(2, 2); b1 = np.zeros((2, 1)); W2 = np.random.rand(1, 2); b2 = np.random.rand(1, 1)
s = lambda z: 1 / (1 + np.exp(-z))
for k in range(30000):
    i = random.randrange(4); x, y = X[i].reshape(2, 1), Y[i].reshape(1, 1)
    h = s(np.dot(W1, x) + b1)
    p = s(np.dot(W2, h) + b2)
    d2 = (p - y) * p * (1 - p)
    d1 = np.dot(W2.T, d2) * h * (1 - h)
    W2 = W2 - .5 * np.dot(d2, h.T); b2 = b2 - .5 * d2
    W1 = W1 - .5 * np.dot(d1, x.T); b1 = b1 - .5 * d1
    if k % 2000 == 0:                       # shows the outputs at the first step and then seldom
        print(s(np.dot(W2, s(np.dot(W1, X.T) + b1)) + b2))
