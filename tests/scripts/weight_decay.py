"""An L2 penalty added to the gradients of the weights; the loss says so; right."""
import numpy as np

rng = np.random.default_rng(72)
X = rng.standard_normal((40, 5))
y = rng.integers(0, 3, 40)
W1 = rng.standard_normal((5, 8)) * 0.4
b1 = np.zeros((1, 8))
W2 = rng.standard_normal((8, 3)) * 0.4
b2 = np.zeros((1, 3))
reg = 0.01
for i in range(50):
    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2
    exp_scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs = exp_scores / exp_scores.sum(axis=1, keepdims=True)
    data_loss = -np.log(probs[np.arange(40), y]).mean()
    loss = data_loss + 0.5 * reg * np.sum(W1 * W1) + 0.5 * reg * np.sum(W2 * W2)
    delta = probs.copy()
    delta[np.arange(40), y] -= 1
    delta /= 40
    dW2 = hidden.T.dot(delta) + reg * W2
    db2 = delta.sum(axis=0, keepdims=True)
    dhidden = delta.dot(W2.T)
    dhidden[hidden <= 0] = 0
    dW1 = X.T.dot(dhidden) + reg * W1
    db1 = dhidden.sum(axis=0, keepdims=True)
    W1 -= 0.5 * dW1
    b1 -= 0.5 * db1
    W2 -= 0.5 * dW2
    b2 -= 0.5 * db2
