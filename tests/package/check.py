"""What a person does with the installed package; run by tests/wheel.sh. Every line that fails ends it."""
import os
import subprocess
import sys

import numpy as np

import backburn

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "gradcheck"))
r = np.random.default_rng(1)
x, y = r.normal(size=(40, 12)), r.integers(0, 10, 40)
W1, b1, W2, b2 = (r.normal(size=size) for size in ((12, 30), 30, (30, 10), 10))
sigmoid = lambda z: 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def right(p):
    a = sigmoid(x @ p["W1"] + p["b1"])
    d2 = (softmax(a @ p["W2"] + p["b2"]) - np.eye(10)[y]) / len(x)
    d1 = (d2 @ p["W2"].T) * a * (1 - a)
    return {"W1": x.T @ d1, "b1": d1.sum(0), "W2": a.T @ d2, "b2": d2.sum(0)}


def loss(p):
    a = sigmoid(x @ p["W1"] + p["b1"])
    return -np.log(softmax(a @ p["W2"] + p["b2"])[range(len(x)), y]).mean()


params = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
known = dict(activation="sigmoid", output="softmax", loss="ce", reduction="mean", update="-=")
verdict = backburn.gradcheck(x=x, y=y, params=params, grads=right(params), **known)
assert verdict.right and not verdict.mistakes, verdict

wrong = dict(right(params), W1=-right(params)["W1"], b1=-right(params)["b1"], W2=-right(params)["W2"], b2=-right(params)["b2"])
verdict = backburn.gradcheck(x=x, y=y, params=params, grads=wrong, **known)
assert verdict.mistakes == ["residual-sign"], verdict
assert "residual-sign" in verdict._repr_html_() and verdict.fix["residual-sign"]

dW1, db1, dW2, db2 = right(params).values()
assert backburn.gradcheck(locals()).right
try:
    backburn.gradcheck(x=x, y=y, params=params, grads={})
    raise SystemExit("a dump without gradients was judged")
except ValueError as refusal:
    assert "dW1" in str(refusal), refusal

assert all(tensor.right for tensor in backburn.check(loss, right, params).values())
found = backburn.check(loss, lambda p: dict(right(p), W2=2 * right(p)["W2"]), params)
assert [name for name, tensor in found.items() if not tensor.right] == ["W2"], found
corner = backburn.check(lambda w: float(np.maximum(w, 0).sum()), lambda w: (w > 0) * 1.0, np.zeros(5))
assert corner["params"].kinks == 5 and corner["params"].right, corner

script = os.path.join(HERE, "..", "scripts", "sum_not_mean.py")
done = subprocess.run(["backburn", "gradcheck", script, "--python", sys.executable, "--json"], stdout=subprocess.PIPE,
                      universal_newlines=True)
assert done.returncode == 0 and '"lines"' in done.stdout, done
print("numpy", np.__version__, "package", backburn.__file__)
