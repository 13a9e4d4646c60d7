"""Makes mlp.h5, the frozen truth that judges backburn's forward pass, backward pass and optimizers.

Frozen are the logits, the loss, every gradient and ten losses of full-batch training, each computed by PyTorch. They
come from outside because a backward pass that is checked only against our own forward pass can be wrong together with
it; they are a file because a test must need neither Python nor the network. Inputs and starting weights are float32,
the numbers that backburn reads; all arithmetic on them is float64, so what a float32 test measures is its own rounding
and nobody else's. Weights are (in, out), as Burn keeps them, and their gradients likewise.

    pip install torch scikit-learn h5py && python tests/oracle/make.py

One group per case. Its attributes say what ran: `layers`, `activation`, `label_smoothing`, `optimizer`, `rate`,
`momentum`, `nesterov` (0 or 1), `weight_decay`, and where they apply `class_weights`, `alpha`, `beta_1`, `beta_2`,
`epsilon`.
Its data sets: `x`, `y`, `W1`, `b1`, ... go in; `logits`, `loss`, `dW1`, `db1`, ... come out of the first pass;
`losses` are the ten losses, each taken before its update; the optimizer cases add `W1_after`, `b1_after`, ... from
after the tenth update, rounded to float32 once, at the end. Equal arrays are hard links to one copy. `loss_extreme`
has the loss alone: `logits` and `y` go in; `loss`, `row_losses` and `dlogits` come out.
"""

from pathlib import Path

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

ROWS = 32
STEPS = 10
ACTIVATIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky-relu": lambda z: F.leaky_relu(z, negative_slope=0.01),
    "gelu": lambda z: F.gelu(z, approximate="none"),
    "silu": F.silu,
}
# Each rule with every number that it depends on, under the names that the attributes have.
ADAM = dict(optimizer="adam", rate=0.01, momentum=0.0, nesterov=False, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
OPTIMIZERS = {
    "sgd": dict(optimizer="sgd", rate=0.1, momentum=0.0, nesterov=False, weight_decay=0.0),
    "momentum": dict(optimizer="sgd", rate=0.1, momentum=0.9, nesterov=False, weight_decay=0.0),
    "nesterov": dict(optimizer="sgd", rate=0.1, momentum=0.9, nesterov=True, weight_decay=0.0),
    "rmsprop": dict(
        optimizer="rmsprop", rate=0.001, momentum=0.0, nesterov=False, weight_decay=0.0, alpha=0.99, epsilon=1e-8
    ),
    "adam": dict(ADAM, weight_decay=0.0),
    "adamw": dict(ADAM, optimizer="adamw", weight_decay=0.01),
}
# Uneven on purpose: with equal weights, dividing by their sum and dividing by the rows are the same.
CLASS_WEIGHTS = np.array([0.5, 2.0, 1.0, 3.0, 0.25, 1.5, 1.0, 0.75, 4.0, 1.25])


def starting_weights(layers, seed):
    """Pairs (W, b) per layer, float32, uniform within 1/sqrt(in); biases too, so that none of them hides at zero."""
    draw = np.random.default_rng(seed)
    pairs = []
    for rows, columns in zip(layers, layers[1:]):
        bound = 1 / np.sqrt(rows)
        w = draw.uniform(-bound, bound, (rows, columns)).astype(np.float32)
        b = draw.uniform(-bound, bound, columns).astype(np.float32)
        pairs.append((w, b))
    return pairs


def forward(x, pairs, activation):
    """Logits (n, classes) of x (n, in)."""
    for w, b in pairs[:-1]:
        x = ACTIVATIONS[activation](x @ w + b)
    w, b = pairs[-1]
    return x @ w + b


def build_optimizer(parameters, optimizer, rate, momentum, nesterov, weight_decay, **rest):
    knobs = dict(lr=rate, weight_decay=weight_decay)
    if optimizer == "sgd":
        return torch.optim.SGD(parameters, momentum=momentum, nesterov=nesterov, **knobs)
    if optimizer == "rmsprop":
        return torch.optim.RMSprop(parameters, alpha=rest["alpha"], eps=rest["epsilon"], centered=False, **knobs)
    rule = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[optimizer]
    return rule(parameters, betas=(rest["beta_1"], rest["beta_2"]), eps=rest["epsilon"], **knobs)


def put(group, name, array):
    """Writes an array; one that the file already holds, bit for bit, becomes a hard link to it."""
    array = np.asarray(array)
    key = (array.dtype.str, array.shape, array.tobytes())
    if array.ndim == 0:
        group.create_dataset(name, data=array, track_times=False)
    elif key in put.seen:
        group[name] = group.file[put.seen[key]]
    else:
        packing = dict(compression="gzip", compression_opts=9, shuffle=True) if array.nbytes > 512 else {}
        put.seen[key] = group.create_dataset(name, data=array, track_times=False, **packing).name


put.seen = {}


def freeze(file, name, x, y, layers, activation, optimizer="sgd", label_smoothing=0.0, class_weights=None, after=False):
    group = file.create_group(name)
    knobs = OPTIMIZERS[optimizer]
    group.attrs["layers"] = np.array(layers, np.int32)
    group.attrs["activation"] = activation
    group.attrs["label_smoothing"] = label_smoothing
    if class_weights is not None:
        group.attrs["class_weights"] = class_weights
    for knob, value in knobs.items():
        group.attrs[knob] = np.int32(value) if isinstance(value, bool) else value

    start = starting_weights(layers, seed=len(layers))
    put(group, "x", x)
    put(group, "y", y)
    for i, (w, b) in enumerate(start, 1):
        put(group, f"W{i}", w)
        put(group, f"b{i}", b)

    pairs = [tuple(torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in pair) for pair in start]
    inputs = torch.tensor(x, dtype=torch.float64)
    targets = torch.tensor(y, dtype=torch.int64)
    weights = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float64)
    stepper = build_optimizer([p for pair in pairs for p in pair], **knobs)
    losses = []
    for step in range(STEPS):
        stepper.zero_grad()
        logits = forward(inputs, pairs, activation)
        loss = F.cross_entropy(logits, targets, weight=weights, label_smoothing=label_smoothing, reduction="mean")
        loss.backward()
        if step == 0:
            put(group, "logits", logits.detach().numpy())
            put(group, "loss", loss.detach().numpy())
            for i, (w, b) in enumerate(pairs, 1):
                put(group, f"dW{i}", w.grad.numpy().copy())
                put(group, f"db{i}", b.grad.numpy().copy())
        losses.append(loss.item())
        stepper.step()
    put(group, "losses", np.array(losses))
    if after:
        for i, (w, b) in enumerate(pairs, 1):
            put(group, f"W{i}_after", w.detach().numpy().astype(np.float32))
            put(group, f"b{i}_after", b.detach().numpy().astype(np.float32))


def freeze_extreme(file):
    """The loss where a softmax without its maximum subtracted overflows: right, wrong and undecided rows at ±1e4."""
    logits = np.array([
        [1e4, -1e4, -1e4, -1e4, -1e4],   # sure and right
        [1e4, -1e4, -1e4, -1e4, -1e4],   # sure and wrong
        [1e4, 1e4, 1e4, 1e4, 1e4],       # undecided, all huge
        [-1e4, -1e4, -1e4, -1e4, -1e4],  # undecided, all hugely negative
        [1e4, 1e4, -1e4, 0, 1],          # torn between two
        [-1e4, 0, 1, 2, 3],              # the right one impossible
        [9999, 1e4, 9998, 0, -1e4],      # close at a great height
        [0, 0, 0, 0, 17],                # where log(sigmoid(x)) fails in float32
    ], np.float32)
    y = np.array([0, 1, 2, 3, 1, 0, 0, 4], np.int32)
    group = file.create_group("loss_extreme")
    leaf = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    row_losses = F.cross_entropy(leaf, torch.tensor(y, dtype=torch.int64), reduction="none")
    loss = row_losses.mean()
    loss.backward()
    put(group, "logits", logits)
    put(group, "y", y)
    put(group, "loss", loss.detach().numpy())
    # The mean is all huge rows; only row by row can a small one be seen to be wrong.
    put(group, "row_losses", row_losses.detach().numpy())
    put(group, "dlogits", leaf.grad.numpy())


def main():
    torch.set_num_threads(1)
    digits = load_digits()
    x = (digits.data[:ROWS] / 16).astype(np.float32)
    y = digits.target[:ROWS].astype(np.int32)
    with h5py.File(Path(__file__).with_name("mlp.h5"), "w", libver="v110") as file:
        file.attrs["torch"] = torch.__version__.split("+")[0]
        for activation in ACTIVATIONS:
            freeze(file, activation, x, y, [64, 30, 10], activation)
        freeze(file, "deep", x, y, [64, 20, 15, 10], "sigmoid")
        freeze(file, "smoothed", x, y, [64, 30, 10], "relu", label_smoothing=0.1)
        freeze(file, "weighted", x, y, [64, 30, 10], "relu", class_weights=CLASS_WEIGHTS)
        freeze(file, "smoothed_weighted", x, y, [64, 30, 10], "relu", label_smoothing=0.1, class_weights=CLASS_WEIGHTS)
        for optimizer in OPTIMIZERS:
            freeze(file, f"optimizer_{optimizer}", x, y, [64, 30, 10], "relu", optimizer, after=True)
        freeze_extreme(file)


if __name__ == "__main__":
    main()
