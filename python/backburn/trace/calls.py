"""What the rewritten script calls: one method for each kind of expression.

`source.py` has put a call in the place of every operation. Each call does what the expression would have done, and writes on
the tape what was made of what.
"""
import types

import numpy as np

from .contracted import Contracted
from .entries import Entries, single, vector
from .joined import JOINS, Joined
from .old_python import divided_in_place
from .places import MOST_LISTED, Places
from .tape import PRODUCTS, SUMS, Tape
from .value import Value
from .vectors import UFUNCS, Vectors


FIRST_LOOK = 10_000        # notes on plain numbers, after which they are asked whether they tell enough, and again after more
MOST_SHOWN = 5_000         # numbers that the script shows are kept

FRESH = {"zeros_like", "ones_like", "empty_like", "full_like"}     # take the shape of an array, and nothing else
CHANGES = {"fill", "sort", "put", "itemset", "shuffle", "copyto", "fill_diagonal", "partition", "at", "place", "putmask"}


class Calls(Tape, Entries, Vectors, Contracted, Joined, Places):
    """A tape that a rewritten script can write on."""

    slice, divided_in_place = staticmethod(slice), staticmethod(divided_in_place)

    def __init__(self, sites, deadline, give_up):
        super().__init__(sites, deadline, give_up)
        Entries.__init__(self)
        Vectors.__init__(self)
        Contracted.__init__(self)
        Joined.__init__(self)
        self.olds, self.held = [], None
        self.quotients, self.composed = {}, {}   # how a number was made of others, by its value; and the numbers themselves
        self.arguments = {}                      # names that functions have for their arguments
        self.slots, self.sets, self.lists = {}, {}, {}
        self.numbers_tell, self.look = None, FIRST_LOOK
        self.listed = {}                         # lists of data that went into a product, as arrays
        self.elements = {}                       # like names, for elements of lists and dictionaries
        self.displays = []                       # numbers made of arrays that the script shows, as (site, value, percent)

    def binary(self, site, left, right):
        op, function = self.sites[site].op
        out = function(left, right)
        if op == "Mult":
            self.entrywise(left, right, out)
        if isinstance(left, np.ndarray) or isinstance(right, np.ndarray) or id(left) in self.scalars \
                or id(right) in self.scalars:
            product = op == "Mult" and isinstance(out, np.matrix) and not np.isscalar(left) and not np.isscalar(right)
            pair = tuple(self.gathered(site, item) if type(item) is list else item for item in (left, right))
            self.record(site, "MatMult" if product else op, pair, out)
        elif op in ("Div", "Mult") and type(out) is float and len(self.composed) < 20_000:
            self.quotients.setdefault(out, (op, left, right))
            self.composed[id(out)] = out
        if isinstance(out, float):
            if self.by_entries and op == "MatMult":
                self.dotted(site, (left, right), out)
            self.floats.append((site, op, (left, right), out))
        elif self.by_entries and op == "MatMult":
            self.multiplied_out(site, left, right, out)
        elif self.by_entries:
            self.each_entry(site, op, (left, right), out)
        return out

    def record(self, site, op, ins, out):
        """Notes an operation; a product of weights that were joined with their bias as what it is."""
        if op in JOINS:
            self.join(ins, out)
        parts = self.apart(ins) if self.pairs and (op in PRODUCTS or op == "MatMult") else None
        if parts is not None:
            super().record(site, "MatMult", parts[0], parts[1])
            op, ins = "Add", parts[1:]
        super().record(site, op, ins, out)

    def unary(self, site, value):
        op, function = self.sites[site].op
        out = function(value)
        if isinstance(value, np.ndarray) or id(value) in self.scalars:
            self.record(site, op, (value,), out)
        elif isinstance(out, float) and id(value) in self.composed:
            self.composed[id(out)] = out
        if isinstance(out, float):
            self.floats.append((site, op, (value,), out))
        if self.by_entries:
            self.each_entry(site, op, (value,), out)
        return out

    def index(self, site, value, place):
        out = value[place]
        if self.by_entries and isinstance(value, np.ndarray) and type(out) is np.float64:
            return self.entry(value, place) if single(value, place) else out
        if isinstance(out, np.ndarray) and type(value).__name__ == "CClass":          # np.c_[x, ones]
            self.record(site, "c_", place if isinstance(place, tuple) else (place,), out)
        if isinstance(value, np.ndarray) and (isinstance(out, np.ndarray) or type(out) is np.float64):
            if not (isinstance(out, np.ndarray) and np.may_share_memory(out, value)):
                parts = place if isinstance(place, tuple) else (place,)
                by = [part for part in parts if isinstance(part, np.ndarray) and part.dtype.kind in "iu"]
                # A large array is not copied for one number of it, as in a loop that fills it.
                whole = self.see(value, glance=True) if value.size > MOST_LISTED and not by and out.ndim == 0 else value
                self.record(site, "Index", (whole, *by), out)
        return out

    def each(self, site, items):
        """What a comprehension goes through: the single outputs of a layer, which it may give to a function one by one."""
        row = isinstance(items, np.ndarray) and items.ndim == 1 and items.dtype.kind == "f" and items.size <= 1000
        if row and self.by_entries and vector(items):
            return self.numbers(items)
        if not row or self.see(items).node not in self.tainted:
            return items
        out = list(items)
        for item in out:
            self.record(site, "Index", (items,), item)
        return out

    def gathered(self, site, numbers):
        """A list of numbers as the array that numpy makes of it: one of numbers that the tape knows, or one of data."""
        rows = isinstance(numbers, list) and all(type(row) is list and 0 < len(row) == len(numbers[0]) for row in numbers)
        flat = [number for row in numbers for number in row] if rows else numbers
        if not isinstance(numbers, list) or not 0 < len(flat) <= MOST_LISTED \
                or not all(isinstance(number, (int, float)) for number in flat):
            return numbers
        if not rows and any(id(number) in self.scalars for number in numbers):
            array = np.array(numbers)
            self.record(site, "array", numbers, array)
            return array
        known = self.listed.get(id(numbers))
        if known is None or known[0] is not numbers or known[1].tolist() != numbers:
            known = self.listed[id(numbers)] = numbers, np.array(numbers, dtype=float)
        return known[1]

    def call(self, site, function, *args, **words):
        if self.stopping:
            self.halt()
        if function is float and not words:      # how files are read, a million times
            out = float(*args)
            self.floats.append((site, "float", args, out))
            if args and id(args[0]) in self.scalars:
                self.record(site, "float", args, out)
            return out
        name, owner = getattr(function, "__name__", ""), getattr(function, "__self__", None)
        changed = words.get("out")
        changed = changed[0] if isinstance(changed, tuple) else changed
        if changed is None and name in CHANGES:
            changed = owner if isinstance(owner, np.ndarray) else args[0] if args else None
        if isinstance(changed, np.ndarray):
            self.touch(changed)
        if function is sum and args and not isinstance(args[0], np.ndarray):
            args = (list(args[0]), *args[1:])
        out = function(*args, **words)
        if name == "multiply" and len(args) == 2:
            self.entrywise(*args, out)
        own = isinstance(function, (types.FunctionType, types.MethodType)) and not of_numpy(function)
        if self.by_entries and not own and self.whole(site, name, (owner, *args) if isinstance(owner, np.ndarray) else args, out):
            return out
        if isinstance(owner, float) and isinstance(out, float) and name in ("mean", "sum", "item"):
            self.floats.append((site, "sum", (owner,), out))        # of one number, which is its own mean
        elif isinstance(out, float) and args and not own:
            lists = all(type(arg) is list for arg in args) or self.by_entries and all(vector(arg) for arg in args)
            if name in ("dot", "inner", "vdot") and len(args) == 2 and lists:
                self.dotted(site, args, out)
            else:
                self.floats.append((site, name, tuple(args[0]) if function is sum else args, out))
        if own or isinstance(function, type):
            self.passed(site, out)
            return out
        if name in FRESH:
            return out
        ins = (owner,) + args if isinstance(owner, np.ndarray) or id(owner) in self.scalars else args
        if (name in PRODUCTS or name in UFUNCS) and any(isinstance(item, np.ndarray) for item in (out, *ins)):
            ins = tuple(self.gathered(site, item) for item in ins)
        flat = [part for arg in ins for part in flattened(arg)]
        flat += [words[w] for w in words if isinstance(words[w], np.ndarray) and w != "out"]
        if any(isinstance(arg, np.ndarray) or id(arg) in self.scalars for arg in flat):
            if isinstance(changed, np.ndarray):
                self.changed(site, changed, UFUNCS.get(name, "clip" if name == "clip" else "Store"), flat)
            elif name == "sum" and (product := self.contraction(function, flat[0], args[int(owner is not flat[0]):], words, out)):
                self.record(site, *product, out)
            elif isinstance(out, (np.ndarray, float)) or counts(name, flat[0]) or self.whole_sum(name, flat, out):
                self.record(site, UFUNCS.get(name, name), flat, out)
            elif name == "format" and isinstance(owner, str):
                for item in flat:
                    self.displayed(site, item, "%}" in owner)
        return out

    def whole_sum(self, name, items, out):
        """Whether a whole number is a product of arrays, or the sum of what a parameter made, which is one itself before its
        first step."""
        arrays = [item for item in items if isinstance(item, np.ndarray)]
        if isinstance(out, np.integer) and name in PRODUCTS and len(arrays) > 1:
            return True
        return isinstance(out, np.integer) and name in SUMS and any(self.see(array).node in self.tainted for array in arrays)

    def displayed(self, site, value, percent):
        """A person is shown a value."""
        if id(value) in self.scalars and len(self.displays) < MOST_SHOWN:
            self.displays.append((site, self.scalars[id(value)], percent))
        return value


def flattened(item, deep=2):
    """What short lists hold, and lists in them."""
    if not isinstance(item, (list, tuple)) or len(item) >= 64 or not deep:
        return [item]
    return [part for one in item for part in flattened(one, deep - 1)]


def counts(name, array):
    """Whether a function counts what is true in an array."""
    return name in ("sum", "count_nonzero") and isinstance(array, np.ndarray) and array.dtype.kind == "b"


def of_numpy(function):
    """Whether a function is one of numpy's, which are plain functions before numpy 1.25."""
    return isinstance(function, types.FunctionType) and (function.__module__ or "").split(".")[0] == "numpy"
