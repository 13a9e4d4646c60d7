"""Scores and probabilities changed in place at the right class, regularisation; right."""
import numpy as np

N, D, K, h = 60, 3, 3, 12
rng = np.random.RandomState(0)
X = rng.randn(N, D)
y = rng.randint(0, K, N)
W = 0.3 * rng.randn(D, h)
b = np.zeros((1, h))
W2 = 0.3 * rng.randn(h, K)
b2 = np.zeros((1, K))
step_size = 0.5
for i in range(100):
    hidden_layer = np.maximum(0, np.dot(X, W) + b)
    scores = np.dot(hidden_layer, W2) + b2
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    correct_logprobs = -np.log(probs[range(N), y])
    loss = np.sum(correct_logprobs) / N
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    dW2 = np.dot(hidden_layer.T, dscores)
    db2 = np.sum(dscores, axis=0, keepdims=True)
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden_layer <= 0] = 0
    dW = np.dot(X.T, dhidden)
    db = np.sum(dhidden, axis=0, keepdims=True)
    W += -step_size * dW
    b += -step_size * db
    W2 += -step_size * dW2
    b2 += -step_size * db2
