"""Arrays as they were at one moment: what the tape keeps of them.

A script changes arrays in place, so a reference says nothing about the past. A `Root` is the memory of an array and of all
its views, and it counts the changes; a `Value` is one view of it after so many changes, with a copy of its numbers where
they are few. An `Event` says what a value was made of, and a `Chain` follows one place of the program through its updates.
"""
import math
import weakref

import numpy as np


BIG = 48 << 20             # arrays above this size are not even kept alive


class Root:
    """The memory of an array and of all its views. `turn` counts the changes made in place."""

    __slots__ = ("serial", "turn", "strong", "weak", "bytes", "pending", "seen")

    def __init__(self, serial, array, forget):
        self.serial, self.turn, self.bytes, self.pending, self.seen = serial, 0, array.nbytes, [], True
        self.strong = array if array.nbytes <= BIG else None
        self.weak = None if self.strong is not None else weakref.ref(array, forget)

    def array(self):
        return self.strong if self.weak is None else self.weak()


class Value:
    """An array, or a number made of arrays, as it was at one moment."""

    __slots__ = ("root", "turn", "offset", "shape", "strides", "dtype", "size", "data", "made", "seq", "number")

    def __init__(self, root, turn, offset, shape, strides, dtype):
        self.root, self.turn, self.offset, self.shape, self.strides, self.dtype = root, turn, offset, shape, strides, dtype
        self.size = math.prod(shape)
        self.data, self.made, self.seq, self.number = None, None, 0, False

    @property
    def node(self):
        return self.root.serial, self.turn

    @property
    def key(self):
        return self.root.serial, self.turn, self.offset, self.shape, self.strides

    def get(self):
        """The numbers as they were, or None where they are gone."""
        if self.data is None and self.root.turn == self.turn:
            array = self.root.array()
            if array is not None:
                return np.ndarray(self.shape, self.dtype, memory(array), self.offset, self.strides)
        return self.data


def memory(array):
    """The buffer of a root, from its lowest address."""
    return np.lib.stride_tricks.as_strided(array, (array.size,), (array.itemsize,)).view(np.ndarray)


class Event:
    """Something was made of something."""

    __slots__ = ("seq", "site", "op", "ins", "out", "node")

    def __init__(self, seq, site, op, ins, out, node):
        self.seq, self.site, self.op, self.ins, self.out, self.node = seq, site, op, ins, out, node


class Chain:
    """What one place of the program uses, as it changes: a parameter, if the program changes it by its own arithmetic."""

    __slots__ = ("first", "before", "kind", "versions", "seqs", "uses", "fresh", "last")

    def __init__(self, first, kind, value, seq, fresh):
        self.first, self.kind, self.versions, self.seqs, self.uses, self.fresh = first, kind, [value], [seq], [1], fresh
        self.last, self.before = seq, None       # where it was used before `first`, if that was once
