"""A printed cross-entropy by the logarithm of base 10, whose equations are those of the natural one."""
import numpy as np

rng = np.random.default_rng(72)
X = rng.standard_normal((36, 5))
labels = rng.integers(0, 3, 36)
W, b = rng.standard_normal((5, 3)) * 0.3, np.zeros(3)
for epoch in range(10):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    print(f"loss {-np.log10(p[np.arange(36), labels]).mean():.3f}")  # MISTAKE: loss-other-logarithm
    d = p.copy()
    d[np.arange(36), labels] -= 1
    d /= 36
    W -= 0.5 * X.T @ d
    b -= 0.5 * d.sum(axis=0)
