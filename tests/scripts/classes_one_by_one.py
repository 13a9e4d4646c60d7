"""A softmax whose errors are taken class by class; right."""
import numpy as np
rng = np.random.RandomState(7)
X = rng.rand(16, 3); Y = rng.randint(0, 3, 16)
W = rng.randn(3, 3)
for e in range(20):
    dW = np.zeros((3, 3)); loss = 0
    for i in range(16):
        z = X[i].dot(W)
        z -= np.max(z)
        p = np.exp(z) / np.sum(np.exp(z))
        loss += -np.log(p[Y[i]])
        for k in range(3):
            dW[:, k] += (p[k] - (k == Y[i])) * X[i]
    dW /= 16; loss /= 16
    W -= 0.3 * dW
