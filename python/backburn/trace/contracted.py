"""Sums of products, read as the products that they are: `sum(w * x)` is `w · x`, and `(W * x).sum(axis=1)` is `W @ x`.

Who writes a unit as the books do multiplies entry by entry and adds up. Only a sum over the one axis that both arrays share
is such a product; what is multiplied entry by entry alone is none.
"""
import numpy as np

MOST_KEPT = 8              # of the last products entry by entry


class Contracted:
    """The last products of arrays entry by entry, and what their sums are."""

    def __init__(self):
        self.multiplied = []                     # (left, right, product)

    def entrywise(self, left, right, out):
        """Keeps a product of two arrays for the sum that may follow."""
        arrays = all(isinstance(item, np.ndarray) and item.ndim for item in (left, right)) and left is not right
        if arrays and isinstance(out, np.ndarray) and type(out) is not np.matrix:
            self.multiplied = [*self.multiplied[1 - MOST_KEPT:], (left, right, out)]

    def contraction(self, function, array, args, words, out):
        """What a sum multiplies, as (operation, (left, right)); None where it is no sum of a product over a shared axis."""
        pair = next((known[:2] for known in reversed(self.multiplied) if known[2] is array), None)
        if pair is None or set(words) - {"axis", "keepdims"} or len(args) > 1:
            return None
        axis = 0 if function is sum else words.get("axis", args[0] if args else None)
        if array.ndim == 1 and np.ndim(out) == 0 and all(item.shape == array.shape for item in pair):
            return "dot", pair
        if array.ndim != 2 or axis not in (0, 1, -1) or min(array.shape) < 2:
            return None
        for matrix, vector in (pair, pair[::-1]):
            if matrix.shape == array.shape and shared(vector, array.shape, axis % 2):
                row = np.reshape(vector, (1, -1) if np.ndim(out) == 2 else -1)
                return "MatMult", (matrix, row.T) if axis % 2 else (row, matrix)
        return None


def shared(vector, shape, axis):
    """Whether a vector goes along one axis of an array of this shape, and along no other, without a copy of its own."""
    whole = (1, shape[1]) if axis else (shape[0], 1)
    along = vector.shape == whole or axis == 1 and vector.shape == shape[1:]
    return along and np.may_share_memory(vector.reshape(-1), vector)
