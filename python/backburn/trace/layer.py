"""A layer and its gradient as the tape shows them, and the arithmetic that the readers of the tape share.
"""
import numpy as np

from .functions import gap
from .value import Value


LARGE = 1 << 20            # batches of more numbers are written thinner, and some rows speak for all where that proves enough


LOOKED_AT = 64             # entries of a step by which it is seen that most arrays are no multiples of it


class Unclear(Exception):
    """The tape does not show what is needed; the text says what is missing."""


class Fault(Unclear):
    """The program does something that is no training of a network, and the text says what and where."""


class Layer:
    """A product x·W of the program with all that belongs to it, in rows: x is (m, in), W is (in, out)."""

    def __init__(self, chain, event, slot):
        self.chain, self.event, self.slot = chain, event, slot
        self.operand, self.other = event.ins[slot], event.ins[1 - slot]
        self.right, self.op = slot == 1, event.op
        self.bias, self.bias_sign = None, 1
        self.z, self.input, self.function, self.slope, self.mask, self.keep = None, None, None, None, None, None
        self.turned = 1                          # −1 where the program computes −z, as in exp(-x·W - b)
        self.multiplied = None                   # x·W, once it was asked for
        self.late = None                         # (bias, site) where the bias is added to what the function gives
        self.ones = None                         # the column of the input that is all 1 or all -1, where the bias is a row of W
        self.d_weight = self.d_bias = None

    def product(self):
        """x·W. Of a large batch it is the program's own, if some rows of that are what they should be."""
        if self.multiplied is None:
            own = numbers(self.event.out, lambda array: self.rows(array, self.w0.shape[1])) if self.input.size > LARGE else None
            some = slice(None, None, max(1, len(self.input) // 256))
            same = own is not None and own.shape == (len(self.input), self.w0.shape[1]) \
                and gap(own[some], self.input[some] @ self.w0) < 1e-9
            self.multiplied = own if same else self.input @ self.w0
        return self.multiplied

    def weight(self, array):
        """An array laid out as this layer's operand, as (in, out)."""
        array = np.asarray(array, dtype=float)
        if array.ndim < 2:
            return array.reshape(-1, 1)
        if array.ndim > 2:
            return None
        return array if self.right and self.op != "inner" else array.T

    def rows(self, array, width=None):
        """An array of the other operand's layout as rows."""
        array = np.asarray(array, dtype=float)
        if array.ndim == 0 or self.op == "Mult":     # w·x of one number is x·W of one column
            return array.reshape(-1, 1)
        if array.ndim == 1:
            column = width is not None and array.size != width and width == 1 and len(self.other.shape) == 2
            return array.reshape(-1, 1) if column else array.reshape(1, -1)
        turned = array if self.right else array.T
        return array if width is not None and turned.shape[-1] != width == array.shape[-1] else turned

    def contracted(self, event, slot):
        """The stride of the axis of W that a product sums over."""
        strides = event.ins[slot].strides
        if len(strides) < 2:
            return strides[0] if strides else 0
        return strides[-1] if slot == 0 or event.op == "inner" else strides[0]


class Gradient:
    """The array that a step is a multiple of. Its origin is the first value that holds the same numbers: the product itself,
    where the value is a velocity of which this is the first."""

    def __init__(self, value, array, multiple, rate, rule, origin=None):
        self.value, self.array, self.multiple, self.rate, self.rule = value, array, multiple, rate, rule
        self.origin, self.turned = origin, False # turned where its update goes the other way than those of the others


def part_of(value, whole):
    """Whether a value lies inside the memory of a larger one."""
    if value.root is not whole.root or value.size >= whole.size:
        return False
    reach = sum((n - 1) * abs(step) for n, step in zip(whole.shape, whole.strides))
    return whole.offset <= value.offset <= whole.offset + reach


def numbers(value, layout=lambda array: np.asarray(array, dtype=float)):
    found = value.get() if isinstance(value, Value) else value
    return None if found is None else layout(found)


def multiple(step, array):
    size = float(np.vdot(array, array))
    c = float(np.vdot(array, step)) / size if size else 0.0
    return c if c and np.isfinite(c) else None


class Multiples:
    """Which arrays a step is a multiple of, up to `slack`. Of a large array the entries where the step is largest tell first."""

    def __init__(self, step, slack):
        self.step, self.slack, flat = step, slack, np.ravel(step)
        self.at = np.argpartition(np.abs(flat), -LOOKED_AT)[-LOOKED_AT:] if flat.size > 4 * LOOKED_AT else None
        self.some = None if self.at is None else flat[self.at]
        self.most = 0.0 if self.at is None else slack * float(np.sqrt(np.sum(np.square(flat))))

    def of(self, array):
        """What the array is multiplied with to be the step; None where it is no such array."""
        if self.at is not None:
            some = np.ravel(array)[self.at]
            c = multiple(self.some, some)
            if c is None or float(np.sqrt(np.sum(np.square(c * some - self.some)))) > 1.001 * self.most:
                return None
        c = multiple(self.step, array)
        return c if c is not None and gap(c * array, self.step) < self.slack else None


def rounding(before, step, kind):
    """How much of a step is the rounding of its parameter, which is kept in so many digits."""
    digits = 1e-6 if kind == np.float32 else 2e-15
    length = float(np.sqrt(np.mean(step ** 2))) or 1e-300
    return 20 * digits * float(np.abs(before).max(initial=0)) / length


def close(a, b):
    return b != 0 and abs(a / b - 1) < 1e-7
