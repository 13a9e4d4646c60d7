"""Neurons as dictionaries, the bias as the last weight, one update for each row; the derivative is missing below."""
from math import exp
from random import random, seed


def initialize_network(n_inputs, n_hidden, n_outputs):
    network = list()
    network.append([{"weights": [random() for i in range(n_inputs + 1)]} for i in range(n_hidden)])
    network.append([{"weights": [random() for i in range(n_hidden + 1)]} for i in range(n_outputs)])
    return network


def activate(weights, inputs):
    activation = weights[-1]
    for i in range(len(weights) - 1):
        activation += weights[i] * inputs[i]
    return activation


def transfer(activation):
    return 1.0 / (1.0 + exp(-activation))


def forward_propagate(network, row):
    inputs = row
    for layer in network:
        new_inputs = []
        for neuron in layer:
            neuron["output"] = transfer(activate(neuron["weights"], inputs))
            new_inputs.append(neuron["output"])
        inputs = new_inputs
    return inputs


def backward_propagate_error(network, expected):
    for i in reversed(range(len(network))):
        layer = network[i]
        errors = list()
        if i != len(network) - 1:
            for j in range(len(layer)):
                error = 0.0
                for neuron in network[i + 1]:
                    error += neuron["weights"][j] * neuron["delta"]
                errors.append(error)
        else:
            for j in range(len(layer)):
                errors.append(layer[j]["output"] - expected[j])
        for j in range(len(layer)):
            neuron = layer[j]
            out = neuron["output"]
            neuron["delta"] = errors[j] * (out * (1.0 - out) if i == 1 else 1.0)  # MISTAKE: missing-activation-derivative


def update_weights(network, row, l_rate):
    for i in range(len(network)):
        inputs = row[:-1]
        if i != 0:
            inputs = [neuron["output"] for neuron in network[i - 1]]
        for neuron in network[i]:
            for j in range(len(inputs)):
                neuron["weights"][j] -= l_rate * neuron["delta"] * inputs[j]
            neuron["weights"][-1] -= l_rate * neuron["delta"]


seed(1)
dataset = [[random() * 2, random() * 3, i % 2] for i in range(10)]
network = initialize_network(2, 3, 2)
for epoch in range(20):
    sum_error = 0
    for row in dataset:
        outputs = forward_propagate(network, row)
        expected = [0, 0]
        expected[row[-1]] = 1
        sum_error += sum([(expected[i] - outputs[i]) ** 2 for i in range(2)])
        backward_propagate_error(network, expected)
        update_weights(network, row, 0.5)
