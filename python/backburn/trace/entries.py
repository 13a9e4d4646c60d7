"""Entries of arrays as numbers of their own: for programs that treat an array like a list, one entry at a time.

numpy makes a new number whenever an entry is looked at, so that nothing shows that two of them are one weight. Here an entry
is one object for as long as it holds the same number, and what is stored at its place becomes the next: then such a program
is one of plain numbers (`plain_numbers.py`). This is the reading of a second run (`again.py`), where the first found no arrays
that are multiplied as wholes.
"""
import time

import numpy as np


class Entries:
    """The entries that were looked at, by their address."""

    def __init__(self):
        self.entries = {}                        # (array, number) by address; the array is kept, so that none takes its place
        self.by_entries, self.written = False, 0

    def entry(self, array, place):
        """The number at a place of an array, as an object that stays; None where the place is more than one entry."""
        if not single(array, place):
            return None
        at, number = address(array, place), array[place]
        known = self.entries.get(at)
        if known is None or known[1] != number:
            known = self.entries[at] = array, number
        return known[1]

    def replaced(self, array, place, number):
        """What is stored in an entry is the number there from now on."""
        if isinstance(number, float) and array[place] == number:
            self.entries[address(array, place)] = array, number
        return self.entry(array, place)

    def cell(self, holder, place):
        """What a place of a list or of an array is known by: of an array, whatever view of it is looked at, its address."""
        self.lasting(holder)
        return ("entry", address(holder, place)) if isinstance(holder, np.ndarray) else (id(holder), place)

    def numbers(self, items):
        """The entries of a vector, or the numbers of a list."""
        if isinstance(items, np.ndarray) and items.dtype == np.float64:
            return [self.entry(items, n) for n in range(len(items))]
        return items.tolist() if isinstance(items, np.ndarray) else items

    def in_time(self, deadline):
        """Whether there is time left, which is looked at now and then."""
        self.seq += 1
        return self.seq % 256 or time.monotonic() < deadline


def single(array, place):
    """Whether a place of an array of floats is one entry."""
    parts = place if isinstance(place, tuple) else (place,)
    whole = len(parts) == array.ndim and array.dtype == np.float64
    return whole and all(isinstance(part, (int, np.integer)) and not isinstance(part, bool) for part in parts)


def address(array, place):
    """Where one entry lies in memory."""
    parts = place if isinstance(place, tuple) else (place,)
    ways = zip(parts, array.shape, array.strides)
    return array.__array_interface__["data"][0] + sum((part % size) * step for part, size, step in ways)


def vector(items):
    """Whether something is a vector, or a list of numbers."""
    if isinstance(items, np.ndarray):
        return items.ndim == 1 and items.dtype.kind in "fiub"
    return isinstance(items, list) and all(isinstance(item, (int, float)) for item in items)
