"""Weights that are joined with their bias before they are multiplied: `np.hstack((w, b)) @ np.vstack((x, ones))`.

The joined array is made anew in every pass and is updated by nothing. So such a product is noted as what it is, `w @ x + b`,
whose parts are the arrays that the program updates.
"""
import numpy as np

JOINS = {"concatenate", "hstack", "vstack", "column_stack", "append", "row_stack", "c_"}
MOST_KEPT = 16             # of the last joined arrays


class Joined:
    """The last arrays that were joined of two, and the products that they are part of."""

    def __init__(self):
        self.pairs = []                          # (joined, first, second)

    def join(self, ins, out):
        """Keeps an array that two others were joined to."""
        parts = [item for item in ins if isinstance(item, np.ndarray)]
        if len(parts) == 2 and isinstance(out, np.ndarray) and out.ndim == 2 and type(out) is np.ndarray:
            self.pairs = [*self.pairs[1 - MOST_KEPT:], (out, *parts)]

    def apart(self, ins):
        """A product of joined weights as ((factors of x·w), the product, b); None where it is no such product."""
        for slot in (1, 0) if len(ins) == 2 and all(isinstance(item, np.ndarray) for item in ins) else ():
            other, known = ins[1 - slot], next((one for one in reversed(self.pairs) if one[0] is ins[slot]), None)
            if known is None or other.ndim != 2:
                continue
            axis, (joined, *parts) = 1 - slot, known
            parts = [part.reshape((1, -1) if axis == 0 else (-1, 1)) if part.ndim == 1 else part for part in parts]
            thin = next((n for n in (1, 0) if parts[n].ndim == 2 and parts[n].shape == one_along(joined, axis)), None)
            if thin is None or parts[1 - thin].ndim != 2 or parts[1 - thin].shape[axis] != joined.shape[axis] - 1 or (parts[thin] == 1).all():
                continue
            at, rest = (-1, slice(None, -1)) if thin else (0, slice(1, None))
            if not ((other[:, at] if slot else other[at]) == 1).all():
                continue
            x, w = (other[:, rest] if slot else other[rest]), parts[1 - thin]
            return ((x, w), x @ w, parts[thin]) if slot else ((w, x), w @ x, parts[thin])
        return None


def one_along(array, axis):
    """The shape of an array that is one wide along an axis."""
    return (1, array.shape[1]) if axis == 0 else (array.shape[0], 1)
