"""np.matrix, where * is a product; the derivative of the output is forgotten in the last gradient only."""
import numpy as np

rng = np.random.RandomState(80)
X = np.matrix(rng.randn(22, 4))
Y = np.matrix(rng.rand(22, 2))
W1 = np.matrix(rng.randn(4, 5) * 0.5)
W2 = np.matrix(rng.randn(5, 2) * 0.5)


def sig(z):
    return 1 / (1 + np.exp(-z))


for i in range(15):
    H = sig(X * W1)
    O = sig(H * W2)
    print(0.5 * np.sum(np.square(O - Y)))
    E = O - Y
    D2 = np.multiply(E, np.multiply(O, 1 - O))
    D1 = np.multiply(D2 * W2.T, np.multiply(H, 1 - H))
    G2 = H.T * E  # MISTAKE: derivative-missing-in-dW
    G1 = X.T * D1
    W2 = W2 - 0.05 * G2
    W1 = W1 - 0.05 * G1
