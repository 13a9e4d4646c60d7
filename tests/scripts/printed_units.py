"""Numbers of training and validation that are printed beside each other in two units; the gradients are right."""
import numpy as np

rng = np.random.default_rng(91)
X, y = rng.standard_normal((60, 4)), rng.integers(0, 3, 60)
X_val, y_val = rng.standard_normal((25, 4)), rng.integers(0, 3, 25)
W, b = rng.standard_normal((4, 3)), np.zeros(3)


def forward(rows):
    z = rows @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


for epoch in range(30):
    p = forward(X)
    loss = -np.log(p[np.arange(60), y]).sum()  # MISTAKE: sum-beside-mean
    accuracy = np.mean(p.argmax(axis=1) == y)
    d = p.copy()
    d[np.arange(60), y] -= 1
    d /= 60
    W -= 0.1 * X.T @ d
    b -= 0.1 * d.sum(axis=0)
    q = forward(X_val)
    right = (q.argmax(axis=1) == y_val).sum()
    val_loss = -np.log(q[np.arange(25), y_val]).mean()
    print(f"epoch {epoch}: loss {loss:.3f}, accuracy {accuracy:.3f}")  # MISTAKE: percent-beside-fraction
    print("validation: loss %.3f, accuracy %.1f" % (val_loss, 100 * right / len(y_val)))
