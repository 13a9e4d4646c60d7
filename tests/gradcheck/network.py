"""The program that this project started from, told again: a numpy network for MNIST whose weights explode.

    python network.py DATA.hdf5                  trains as the question did, prints the largest weight of each iteration
    python network.py DATA.hdf5 --dump DUMP.npz  the same, and saves batch, weights and gradients of the first iteration
    python network.py --probe PROBE.h5 --dump …  the wrong equations on a probe of `backburn gradcheck --probe`
    python network.py DATA.hdf5 --mended         the same network with the six mistakes mended, and its test accuracy

Needs numpy and h5py. The file holds x_train (n, pixels) in 0..1, y_train (n, 1), x_test and y_test.
"""
import argparse
import h5py
import numpy as np

HIDDEN, CLASSES = 30, 10


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(a):
    """The derivative of the sigmoid, for the sigmoid's value."""
    return a * (1 - a)


def wrong(x, y, W1, b1, W2, b2):
    """Forward and back with five wrong equations. The sixth mistake is in `explode`: all weights are positive."""
    z1 = x @ W1 + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + b2
    e = np.exp(z2 - z2.max())
    p = e / e.sum(axis=0)                     # sums over the batch
    error = y.reshape(-1, 1) - p              # the class number as target, and target - output
    delta2 = error * slope(z2)                # the formula wants a value and gets z
    delta1 = (delta2 @ W2.T) * slope(z1)      # and again
    return x.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)   # sums: wrong only if the loss is a mean


def right(x, y, W1, b1, W2, b2):
    a1 = sigmoid(x @ W1 + b1)
    z2 = a1 @ W2 + b2
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    delta2 = p - np.eye(CLASSES)[y.ravel()]
    delta1 = (delta2 @ W2.T) * slope(a1)
    m = len(x)
    return x.T @ delta1 / m, delta1.sum(axis=0) / m, a1.T @ delta2 / m, delta2.sum(axis=0) / m


def load(path):
    with h5py.File(path) as f:
        return [f[name][()] for name in ("x_train", "y_train", "x_test", "y_test")]


def save(path, x, y, weights, gradients, rate):
    names = [f"{kind}{layer}" for layer in (1, 2) for kind in "Wb"]
    arrays = dict(zip(names, weights)) | {"d" + name: g for name, g in zip(names, gradients)}
    np.savez(path, x=x, y=y.ravel(), activation="sigmoid", output="softmax", loss="ce", reduction="mean", update="-=",
             lr=rate, **arrays)


def explode(args, rate=0.001):
    rng = np.random.default_rng(0)
    if args.probe:
        with h5py.File(args.probe) as f:
            x, y, *weights = (f[name][()] for name in "x y W1 b1 W2 b2".split())
    else:
        x, y, _, _ = load(args.data)
        x = x.astype("float64")
        weights = [rng.random((x.shape[1], HIDDEN)), rng.random(HIDDEN), rng.random((HIDDEN, CLASSES)), rng.random(CLASSES)]
    y = y.astype(int)
    if args.dump:
        rows = slice(None if args.probe else 64)
        save(args.dump, x[rows], y[rows], weights, wrong(x[rows], y[rows], *weights), rate)
    for iteration in range(0 if args.probe else 4):
        print(f"iteration {iteration}: largest weight of W1 {abs(weights[0]).max():.3g}, of W2 {abs(weights[2]).max():.3g}")
        with np.errstate(all="ignore"):
            weights = [w - rate * g for w, g in zip(weights, wrong(x, y, *weights))]


def mended(args, rate=0.5, epochs=3, batch=64):
    x, y, x_test, y_test = load(args.data)
    y = y.astype(int)
    rng = np.random.default_rng(0)
    draw = lambda n, k: rng.standard_normal((n, k)) / np.sqrt(n)
    weights = [draw(x.shape[1], HIDDEN), np.zeros(HIDDEN), draw(HIDDEN, CLASSES), np.zeros(CLASSES)]
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for rows in np.split(order, range(batch, len(x), batch)):
            gradients = right(x[rows], y[rows], *weights)
            weights = [w - rate * g for w, g in zip(weights, gradients)]
    W1, b1, W2, b2 = weights
    accuracy = ((sigmoid(x_test @ W1 + b1) @ W2 + b2).argmax(axis=1) == y_test.ravel()).mean()
    print(f"test accuracy {accuracy:.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data", nargs="?")
    parser.add_argument("--probe")
    parser.add_argument("--dump")
    parser.add_argument("--mended", action="store_true")
    args = parser.parse_args()
    mended(args) if args.mended else explode(args)
