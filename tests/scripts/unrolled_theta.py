"""All weights in one vector that is unrolled and rolled up, biases as columns; right."""
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def cost(theta, X, Y):
    m = X.shape[0]
    Theta1 = theta[:5 * 4].reshape(5, 4)
    Theta2 = theta[5 * 4:].reshape(3, 6)
    a1 = np.hstack([np.ones((m, 1)), X])
    z2 = a1.dot(Theta1.T)
    a2 = np.hstack([np.ones((m, 1)), sigmoid(z2)])
    z3 = a2.dot(Theta2.T)
    h = sigmoid(z3)
    J = -np.sum(Y * np.log(h) + (1 - Y) * np.log(1 - h)) / m
    d3 = h - Y
    d2 = d3.dot(Theta2[:, 1:]) * sigmoid(z2) * (1 - sigmoid(z2))
    Theta1_grad = d2.T.dot(a1) / m
    Theta2_grad = d3.T.dot(a2) / m
    return J, np.concatenate([Theta1_grad.ravel(), Theta2_grad.ravel()])


rng = np.random.default_rng(79)
X = rng.standard_normal((32, 3))
Y = np.eye(3)[rng.integers(0, 3, 32)]
theta = rng.uniform(-0.5, 0.5, 5 * 4 + 3 * 6)
for i in range(20):
    J, grad = cost(theta, X, Y)
    theta = theta - 0.8 * grad
    print(J)
