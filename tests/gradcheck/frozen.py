"""Writes the dumps in frozen/: what numpy makes of numbers, lists, bytes and float16 that are saved beside arrays."""

from pathlib import Path

import numpy as np

rng = np.random.default_rng(0)
m, x = 18, rng.standard_normal((18, 5))
W1, W2 = rng.standard_normal((5, 4)) / 2, rng.standard_normal((4, 3))
b1, b2 = 0.1 * rng.standard_normal(4), 0.1 * rng.standard_normal(3)
y = rng.permutation(np.arange(m) % 3)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def dump(targets, through, **more):
    a1 = np.tanh(x @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    delta2 = (p - targets) / m
    dW2 = a1.T @ delta2
    delta1 = delta2 @ through(dW2).T * (1 - a1**2)
    loss = -np.log(p[np.arange(m), y]).mean()
    arrays = dict(x=x, y=y, W1=W1, b1=b1, W2=W2, b2=b2, dW1=x.T @ delta1, db1=delta1.sum(0), dW2=dW2, db2=delta2.sum(0))
    return arrays | dict(output="softmax", loss="ce", update="-=", loss_value=loss) | more


folder = Path(__file__).parent / "frozen"
updated = dump(np.eye(3)[y], lambda dW2: W2 - 0.5 * dW2)
np.savez(folder / "numbers.npz", **updated | dict(activation=["tanh"], lr=0.5))
np.savez(folder / "bytes.npz", **updated | dict(activation=np.array([b"tanh"]), output=b"softmax", lr=np.float32([0.5])))
np.savez(folder / "none.npz", **updated | dict(activation="tanh", lr=None))
smooth = np.eye(3)[y] * 0.9 + 0.1 / 3
right = dump(smooth, lambda dW2: W2, y=smooth)
half = {name: np.float16(array) for name, array in right.items() if isinstance(array, np.ndarray)}
np.savez(folder / "half.npz", **right | half | dict(activation="tanh", reduction="mean"))
