"""Gradients changed in place: the mask of the relu is taken from the wrong layer's side, a >= 0, which is always true."""
import numpy as np

rng = np.random.RandomState(90)
N, D, H, C = 45, 4, 10, 3
X = rng.randn(N, D)
y = rng.randint(0, C, N)
W1, b1 = 0.5 * rng.randn(D, H), np.zeros((1, H))
W2, b2 = 0.5 * rng.randn(H, C), np.zeros((1, C))
for it in range(30):
    hidden = np.maximum(0, X @ W1 + b1)
    scores = hidden @ W2 + b2
    probs = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)
    loss = -np.log(probs[range(N), y]).mean()
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    dW2 = hidden.T @ dscores
    db2 = dscores.sum(axis=0, keepdims=True)
    dhidden = dscores @ W2.T
    dhidden[hidden < 0] = 0  # MISTAKE: missing-activation-derivative
    dW1 = X.T @ dhidden
    db1 = dhidden.sum(axis=0, keepdims=True)
    for param, grad in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2)):
        param -= 0.5 * grad
