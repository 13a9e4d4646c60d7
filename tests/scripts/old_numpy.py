"""Names that newer numpy dropped; matrices of type np.matrix-free float; one wrong input of a weight gradient."""
import numpy as np

np.random.seed(5)
inputs = np.random.rand(18, 3).astype(np.float)
outputs = np.array(np.random.rand(18, 2) > 0.5, dtype=np.int)
hw = np.random.uniform(size=(3, 4))
hb = np.random.uniform(size=(1, 4))
ow = np.random.uniform(size=(4, 2))
ob = np.random.uniform(size=(1, 2))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_derivative(x):
    return x * (1 - x)


for _ in range(100):
    hidden_activation = np.dot(inputs, hw)
    hidden_activation += hb
    hidden = sigmoid(hidden_activation)
    out_activation = np.dot(hidden, ow)
    out_activation += ob
    predicted = sigmoid(out_activation)
    error = outputs - predicted
    d_predicted = error * sigmoid_derivative(predicted)
    d_hidden = d_predicted.dot(ow.T) * sigmoid_derivative(hidden)
    ow += hidden_activation.T.dot(d_predicted) * 0.1  # MISTAKE: wrong-layer-input
    ob += np.sum(d_predicted, axis=0, keepdims=True) * 0.1
    hw += inputs.T.dot(d_hidden) * 0.1
    hb += np.sum(d_hidden, axis=0, keepdims=True) * 0.1
