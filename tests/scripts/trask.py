"""Two layers without bias, target - output with +=, gradients without names; right."""
import numpy as np

np.random.seed(1)
X = np.random.randint(0, 2, (12, 3)).astype(float)
y = (X[:, :1] + X[:, 1:2] == 1).astype(float)
syn0 = 2 * np.random.random((3, 4)) - 1
syn1 = 2 * np.random.random((4, 1)) - 1
for j in range(1000):
    l1 = 1 / (1 + np.exp(-(np.dot(X, syn0))))
    l2 = 1 / (1 + np.exp(-(np.dot(l1, syn1))))
    l2_delta = (y - l2) * (l2 * (1 - l2))
    l1_delta = l2_delta.dot(syn1.T) * (l1 * (1 - l1))
    syn1 += l1.T.dot(l2_delta)
    syn0 += X.T.dot(l1_delta)
