"""The functions of layers, recognised by computing them again: which function makes `a` of `z`?

A name in the script proves nothing, since people call the derivative `sigmoid` and the softmax `stable`. Two arrays are
taken for the same where they agree to the precision of their type.
"""
import numpy as np


EXACT = 1e-6               # two arrays are the same numbers up to this, relative


ROOT_2_PI = float(np.sqrt(2 / np.pi))


def softmax(z, axis):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)


def softmax_of_shifted(z, axis):
    """A softmax behind z less the largest number of its row, which is harmless only where the sum is the row's, too."""
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def erf(x):
    from math import erf as one
    return np.vectorize(one)(x) if x.size < 200_000 else np.full(x.shape, np.nan)


HIDDEN = [
    ("sigmoid", sigmoid), ("tanh", np.tanh), ("relu", lambda z: np.maximum(z, 0)),
    ("softmax", lambda z: softmax(z, 1)), ("softplus", lambda z: np.logaddexp(0, z)),
    ("silu", lambda z: z * sigmoid(z)), ("elu", lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0)))),
    ("gelu-tanh", lambda z: 0.5 * z * (1 + np.tanh(ROOT_2_PI * (z + 0.044715 * z ** 3)))),
    ("gelu", lambda z: 0.5 * z * (1 + erf(z / np.sqrt(2)))),
    ("selu", lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))),
    ("mish", lambda z: z * np.tanh(np.logaddexp(0, z))), ("hardtanh", lambda z: np.clip(z, -1, 1)),
    ("linear", lambda z: z),
]
# What people get from a softmax that sums over the wrong thing; its name for the output stays softmax.
SOFTMAXES = [("softmax", lambda z: softmax(z, 1)), ("softmax", lambda z: softmax(z, 0)),
             ("softmax", lambda z: softmax(z, None)), ("softmax", lambda z: softmax_of_shifted(z, 0)),
             ("softmax", lambda z: softmax_of_shifted(z, None))]


def gap(a, b):
    """The distance of a from b, relative to b."""
    with np.errstate(all="ignore"):
        size = float(np.sqrt(np.mean(np.square(b, dtype=float))))
        off = float(np.sqrt(np.mean(np.square(np.subtract(a, b, dtype=float)))))
    return off / size if size > 0 else off


def near(a, b, kind):
    return a.shape == b.shape and gap(a, b) < (1e-4 if kind == np.float32 else EXACT)


def makes(function, z, a, kind):
    """Whether a function of single numbers makes `a` of `z`, which some rows of a large batch deny at little cost."""
    some = slice(None, None, max(1, z.size >> 16))
    return (some.step == 1 or near(function(z[some]), a[some], kind)) and near(function(z), a, kind)


def function_of(z, a, kind, output=False):
    """The name of the function that makes `a` of `z`, with the slope of a leaky relu; None where it is none of them."""
    if z.shape != a.shape or not np.isfinite(z).all() or not np.isfinite(a).all():
        return None
    for name, function in (SOFTMAXES if output and z.shape[1] > 1 else []) + HIDDEN:
        with np.errstate(all="ignore"):
            if name != "softmax" and makes(function, z, a, kind) or name == "softmax" and output and z.shape[1] > 1 \
                    and near(function(z), a, kind):
                return name, None
    below = z < 0
    if below.any() and (below.all() or near(a[~below], z[~below], kind)):
        slope = float(np.vdot(a[below], z[below]) / np.vdot(z[below], z[below]))
        if near(np.where(below, slope * z, z), a, kind) and 0 < slope < 1:
            return "leaky-relu", float(f"{slope:.6g}")
    return None


def mask_of(z, a):
    """The function of a layer under a dropout with the slope of a leaky relu, and the mask with its scale: a = f(z) · mask."""
    slope = slope_of(z, a)
    leaky = [("leaky-relu", lambda z: np.where(z > 0, z, slope * z))] if slope else []
    for name, function in HIDDEN + leaky:
        with np.errstate(all="ignore"):
            full = function(z)
            ratio = np.where(np.abs(full) > 1e-12, a / full, 0.0)
        kept, whole = ratio[ratio != 0], not a[np.abs(full) <= 1e-12].any()
        if name not in ("linear", "softmax") and whole and kept.size and np.ptp(kept) < 1e-5 * abs(kept[0]) and kept[0] >= 0.999 \
                and (ratio == 0).any() and kept.size > 0.05 * ratio.size:
            return (name, slope if name == "leaky-relu" else None), np.where(ratio != 0, 1.0, 0.0), 1.0 / float(kept[0])
    return None


def slope_of(z, a):
    """The slope of a leaky relu below zero, of which some outputs are dropped; None where that is not what a is."""
    with np.errstate(all="ignore"):
        ratio = a / z
    below, above = (ratio[side & (a != 0)] for side in (z < 0, z > 0))
    even = all(side.size and np.ptp(side) < 1e-5 * abs(side[0]) for side in (below, above))
    return float(f"{below[0] / above[0]:.6g}") if even and 0 < below[0] < above[0] else None


def in_words(z, a):
    """Words for a function that is known and cannot be judged, a step or a sigmoid whose base is not e; none for others."""
    if z is None or a is None or z.shape != a.shape or not z.any():
        return ""
    low, high = a.min(), a.max()
    if low < high and any(np.array_equal(a, np.where(above, high, low)) for above in (z > 0, z >= 0)):
        return f" (a step from {low:g} to {high:g}, which has no gradient: the rule of the perceptron follows none)"
    if np.ptp(z) > 1e-6 and np.ptp(a) <= 1e-12 * abs(high):
        return f" ({high:.6g} for every z, so that no input and no weight is in its output, and all of its gradients are 0)"
    if not ((a > 0) & (a < 1)).all():
        return ""
    power = np.log(a / (1 - a))
    by = float(np.vdot(power, z) / np.vdot(z, z))
    if gap(by * z, power) > EXACT or by == 0:
        return ""
    base = np.exp(by)
    return f" (1/(1 + {base:.6g}**-z), a sigmoid of base {base:.6g} whose derivative is {by:.6g}*a*(1-a))"
