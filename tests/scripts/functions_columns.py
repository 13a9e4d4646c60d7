"""Functions that pass dictionaries, columns are samples, one mistake in the hidden layer."""
import numpy as np


def initialize(n_x, n_h, n_y):
    np.random.seed(2)
    return {"W1": np.random.randn(n_h, n_x) * 0.5, "b1": np.zeros((n_h, 1)),
            "W2": np.random.randn(n_y, n_h) * 0.5, "b2": np.zeros((n_y, 1))}


def forward(X, parameters):
    Z1 = np.dot(parameters["W1"], X) + parameters["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(parameters["W2"], A1) + parameters["b2"]
    A2 = 1 / (1 + np.exp(-Z2))
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}


def cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m


def backward(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dW2 = np.dot(dZ2, cache["A1"].T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(parameters["W2"].T, dZ2) * (1 - np.power(cache["Z1"], 2))  # MISTAKE: activation-derivative-of-preactivation
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def update(parameters, grads, rate=1.2):
    return {name: parameters[name] - rate * grads["d" + name] for name in parameters}


rng = np.random.default_rng(3)
X = rng.standard_normal((3, 60))
Y = (X[:1] * X[1:2] > 0).astype(float)
parameters = initialize(3, 5, 1)
for i in range(100):
    A2, cache = forward(X, parameters)
    if i % 10 == 0:
        print("cost", cost(A2, Y))
    parameters = update(parameters, backward(parameters, cache, X, Y))
