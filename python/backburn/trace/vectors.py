"""Vectors as numbers of their own: what is done to a row of numbers is done to each of them.

A network whose weights are a list of rows, one for each unit, or a number for each column of the data, multiplies nothing
that is a matrix. Where arrays are read one entry at a time (`entries.py`), an operation on vectors is noted for every entry,
so that such a program is one of plain numbers, too. Shapes that differ are not followed.
"""
import numpy as np

from .entries import address, single, vector

MOST = 3_000               # entries of a vector that is followed
UFUNCS = {"add": "Add", "subtract": "Sub", "multiply": "Mult", "divide": "Div", "true_divide": "Div", "negative": "Neg"}


class Vectors:
    """What is done to vectors, noted for every entry."""

    def __init__(self):
        self.bound = {}                          # the array that a name holds

    def each_number(self, item, like):
        """The numbers of an array of the same shape; of a single number as many as there are entries; None of anything else."""
        if isinstance(item, (int, float)):
            return [item] * like.size
        if not isinstance(item, np.ndarray) or item.shape != like.shape or item.dtype.kind not in "fiub":
            return None
        if item.dtype != np.float64:
            return [float(number) for number in item.ravel()]
        return [self.entry(item, place) for place in np.ndindex(item.shape)]

    def each_entry(self, site, op, ins, out):
        """Notes an operation for every entry of what it gives."""
        if not isinstance(out, np.ndarray) or out.dtype != np.float64 or not 0 < out.size <= MOST:
            return
        columns = [self.each_number(item, out) for item in ins]
        if any(column is None for column in columns):
            return
        for place, *parts in zip(np.ndindex(out.shape), *columns):
            self.floats.append((site, op, tuple(parts), self.entry(out, place)))

    def dotted(self, site, pair, out):
        """Notes a product of two vectors, which is a sum of products of numbers."""
        parts = [(site, "Mult", both, both[0] * both[1]) for both in zip(*map(self.numbers, pair))]
        self.floats.extend(parts)
        self.floats.append((site, "sum", tuple(part[3] for part in parts), out))

    def multiplied_out(self, site, left, right, out):
        """Notes a product of matrices, or of a matrix and a vector: each entry is a sum of products."""
        arrays = all(isinstance(item, np.ndarray) and item.ndim in (1, 2) for item in (left, right, out))
        if not arrays or out.dtype != np.float64 or not 0 < out.size * left.shape[-1] <= MOST or type(out) is np.matrix:
            return
        for place in np.ndindex(out.shape):
            row = left[place[0]] if left.ndim == 2 else left
            column = right[:, place[-1]] if right.ndim == 2 else right
            self.dotted(site, (row, column), self.entry(out, place))

    def whole(self, site, name, ins, out):
        """Notes a function of whole vectors; whether it was one."""
        first = ins[0] if ins else None
        if name in ("array", "asarray") and isinstance(first, list) and isinstance(out, np.ndarray) and out.ndim == 1:
            for place, number in enumerate(first):
                if isinstance(number, float) and out.dtype == np.float64:       # Python has one 0.1 for all in a module
                    again = any(number is other for other in first[:place])
                    self.entries[address(out, (place,))] = out, number * 1.0 if again else number
            return True
        if not isinstance(first, np.ndarray) or first.size > MOST:
            return False
        if name in ("dot", "inner", "vdot", "matmul") and isinstance(out, float) and len(ins) == 2 and all(map(vector, ins)):
            self.dotted(site, ins, out)
            return True
        if name in ("sum", "mean") and isinstance(out, float) and len(ins) == 1 and first.size:
            self.floats.append((site, name, tuple(self.each_number(first, first) or ()), out))
            return True
        if name in ("dot", "matmul") and len(ins) == 2:
            self.multiplied_out(site, *ins, out)
        else:
            self.each_entry(site, UFUNCS.get(name, name), ins, out)
        return isinstance(out, np.ndarray)

    def placed(self, site, key, old, new):
        """The places of a vector hold the numbers of another one now."""
        both = isinstance(old, np.ndarray) and isinstance(new, np.ndarray) and old is not new
        if both and old.shape == new.shape and old.dtype == new.dtype == np.float64 and 0 < old.size <= MOST:
            for place in np.ndindex(old.shape):
                self.slot(site, (key, place), self.entry(old, place), self.entry(new, place))

    def entries_at(self, array, place):
        """The number at a place of an array, or those of a part of it that is no copy; None of what is not followed."""
        part = array[place] if array.dtype == np.float64 and not single(array, place) else None
        if part is None:
            return self.entry(array, place)
        follow = isinstance(part, np.ndarray) and part.size <= MOST and np.may_share_memory(part, array)
        return self.each_number(part, part) if follow else None

    def filled_with(self, site, part, old, new):
        """A part of an array holds the numbers of a vector now."""
        numbers = self.each_number(new, part) or ()
        for place, before, number in zip(np.ndindex(part.shape), old, numbers):
            self.slot(site, self.cell(part, place), before, self.replaced(part, place, number))

    def moved_on(self, site, op, array, old):
        """A vector was changed in place by an operation."""
        with_what = self.each_number(self.held, array)
        for place, before, by in zip(np.ndindex(array.shape), old, with_what or ()):
            after = self.replaced(array, place, array[place])    # another object, also where a step was nothing
            self.floats.append((site, op, (before, by), after))
            self.slot(site, self.cell(array, place), before, after)
