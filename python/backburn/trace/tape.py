"""The tape: what the script's arithmetic did, in order.

Every event says which values made which. A value is an array as it was at one moment, and arrays that share memory have one
root. Nothing is concluded here: `story.py` reads the tape after the run. The rewritten script writes on it by the calls of
`calls.py`.
"""
import collections
import time

import numpy as np

from .parameters import Parameters, lone
from .value import BIG, Event, Root, Value


SMALL = 1 << 20            # arrays up to so many bytes are copied when they are seen, larger ones kept by reference
MOST_BYTES = 400 << 20     # of copies on the tape; the oldest half is dropped above
LARGE, MANY = 4096, 100    # bytes of a copy, and copies of one kind, of more than which some may go
MOST_EVENTS = 300_000      # on the tape; likewise
MOST_NUMBERS = 200_000     # operations on plain numbers that are kept
MOST_TIMES = 2_000         # products of a number and an array, after which an array should have been updated

PRODUCTS = {"dot", "matmul", "inner", "outer", "vdot", "tensordot"}
ROUNDED = {"round", "around", "round_"}
SUMS = PRODUCTS | {"sum", "MatMult"}
LINEAR = {"array", "asarray", "copy", "reshape", "ravel", "flatten", "squeeze", "astype", "transpose", "sum", "mean",
          "expand_dims", "atleast_2d", "asmatrix", "Index", "concatenate", "hstack", "vstack", "column_stack", "c_", "append", "float", "item"}


class Tape(Parameters):
    """What the script's arithmetic did, in order."""

    def __init__(self, sites, deadline, give_up):
        super().__init__(sites, give_up)
        self.deadline, self.bytes, self.dropped = deadline, 0, False
        self.early, self.times = deadline - 0.8 * (deadline - time.monotonic()), 0
        self.roots, self.values, self.scalars, self.names, self.through = {}, {}, {}, {}, {}
        self.events = []
        self.entry_products = 0                  # products of single numbers of which one is an entry of an array
        self.entry_of = {}                       # which array a number is an entry of, or such an entry after a step
        self.floats = collections.deque(maxlen=2 * MOST_NUMBERS)   # what was done to plain numbers, as (site, op, ins, out)

    def root(self, array):
        base = array
        while isinstance(base.base, np.ndarray):
            base = base.base
        number = id(base)
        root = self.roots.get(number)
        if root is None or root.array() is not base:
            self.serial += 1
            root = self.roots[number] = Root(self.serial, base, lambda _, n=number: self.roots.pop(n, None))
        return root

    def see(self, array, glance=False):
        """The value of an array now; at a `glance` without a copy of its numbers, which are gone when it is changed."""
        root = self.root(array)
        base = array
        while isinstance(base.base, np.ndarray):
            base = base.base
        offset = array.__array_interface__["data"][0] - lowest(base) if array.size else 0
        key = root.serial, root.turn, offset, array.shape, array.strides
        value = self.values.get(key)
        if value is None and glance:
            root.seen = True
            return Value(root, root.turn, offset, array.shape, array.strides, array.dtype)
        if value is None:
            value = self.values[key] = Value(root, root.turn, offset, array.shape, array.strides, array.dtype)
            value.seq = self.seq
            if array.nbytes <= SMALL:
                value.data = np.array(array, copy=True, subok=False)
                self.bytes += array.nbytes + 500
            else:
                root.pending.append(value)
        root.seen = True
        return value

    def touch(self, array):
        """An array is about to be changed in place: what was kept by reference is copied now."""
        root = self.root(array)
        for value in root.pending:
            if value.data is None and value.turn == root.turn and root.bytes <= BIG:
                found = value.get()
                value.data = None if found is None else found.copy()
                self.bytes += root.bytes
        root.pending = []

    def changed(self, site, array, op, ins):
        """An array was changed in place."""
        if self.by_entries:
            return
        root, ins = self.root(array), [self.operand(item) for item in ins]
        last = self.events[-1] if self.events else None
        if not root.seen and last is not None and last.node == (root.serial, root.turn) and last.site == site:
            new = [item for item in ins if isinstance(item, Value) and item not in last.ins]
            last.ins = last.ins + new[:max(0, 400 - len(last.ins))]
        else:
            whole = Value(root, root.turn, 0, (), (), array.dtype)
            root.turn, root.seen = root.turn + 1, False
            self.write(site, op, [whole] + ins, None, (root.serial, root.turn))
        if any(isinstance(item, Value) and item.node in self.tainted for item in self.events[-1].ins):
            self.tainted.add((root.serial, root.turn))
        self.filled(root.serial, ins)

    def operand(self, item):
        if isinstance(item, Value):
            return item
        if isinstance(item, np.ndarray):
            return self.see(item) if item.dtype.kind in "fiub" else None
        if isinstance(item, np.bool_):
            return int(item)
        return self.scalars.get(id(item), item if isinstance(item, (int, float, np.number)) else None)

    def record(self, site, op, ins, out):
        if self.stopping:
            self.halt()
        if self.by_entries:                      # arrays are nothing but lists then
            self.stopping = self.stopping or (None if self.in_time(self.deadline) else "its time was over")
            return
        ins = [self.operand(item) for item in ins]
        if op in PRODUCTS and any(not isinstance(item, Value) or item.number for item in ins[:2]):
            op = "Mult"                          # np.dot of a number and an array
        if isinstance(out, np.ndarray):
            if out.dtype.kind not in "fiub":
                return
            result = self.see(out)
        elif isinstance(out, (float, np.floating)) or isinstance(out, np.integer) and self.counting(op, ins):
            result = self.scalar(out)
        else:
            if op == "Compare" and any(isinstance(item, Value) and item.node in self.products for item in ins):
                self.threshold = site            # a sum of weights is asked for its sign
            return
        if result.made is None:
            result.made = site
        self.write(site, op, ins, result, result.node)
        if op == "Mult" and result.shape:
            by_number = any(not isinstance(item, Value) or item.number for item in ins)
            self.scaled = self.scaled or by_number
            if by_number and not self.by_numbers and self.fruitless():
                self.stopping = "no array was found that is updated"
            if by_number and len(self.times_number) < MOST_NUMBERS:
                self.times_number.add(result.node)
            if self.by_numbers:
                self.events[-1].ins = ins = self.number_product(site, ins, result)
        if op == "Mult" and len(ins) == 2 and result.shape:
            self.widened(ins, result)
        if op in PRODUCTS or op == "MatMult":
            self.product(site, ins, result)
        elif any(isinstance(item, Value) and item.node in self.tainted for item in ins):
            self.tainted.add(result.node)
        self.entry_moved(op, ins, result)
        if op in ("array", "asarray"):
            self.filled(result.root.serial, ins)
        if op in ("Add", "Sub"):
            self.addition(site, ins, result)
            self.sum_of_columns(site, ins, result)
        if op == "Neg" and isinstance(ins[0], Value) and ins[0].node in self.products:
            self.products.setdefault(result.node, self.seq)      # −x·W, from which a bias is taken off
        if op not in PRODUCTS and op not in ("MatMult", "Index", "Compare") and result.shape:
            for item in ins:
                if isinstance(item, Value) and item.size <= result.size and item.root is not result.root and item.size > 0:
                    used = item.root.serial in self.used or self.chain(item) is not None
                    if used and result.root.serial not in self.successor:
                        self.successor[result.root.serial] = item.root.serial

    def entry_moved(self, op, ins, result):
        """Follows an entry of an array to what it is after a step: a new array may be filled with such."""
        first = ins[0] if ins else None
        if op == "Index" and result.number and isinstance(first, Value):
            self.entry_of[result.node] = first.root.serial
        elif op in ("Add", "Sub") and result.number:
            known = next((self.entry_of[item.node] for item in ins if isinstance(item, Value) and item.node in self.entry_of), None)
            if known is not None:
                self.entry_of[result.node] = known
        elif op == "Mult" and result.number:
            self.entry_products += any(isinstance(item, Value) and item.node in self.entry_of for item in ins)

    def filled(self, serial, ins):
        """An array is filled with numbers: with the entries of another after a step it is what the other becomes."""
        known = next((self.entry_of[item.node] for item in ins if isinstance(item, Value) and item.node in self.entry_of), serial)
        if known != serial and known in self.used:
            self.successor.setdefault(serial, known)

    def sum_of_columns(self, site, ins, result):
        """A number for each column, b*x + c*x**2, also where a number comes first that may change, as in a + b*x + c*x**2."""
        scaled = [isinstance(item, Value) and item.node in self.times_number for item in ins]
        lone = [not isinstance(item, Value) or item.number for item in ins]
        self.columns = self.columns or all(scaled)
        if any(scaled) and any(lone) and result.shape and not any(self.sites[site].constant):
            self.times_number.add(result.node)

    def write(self, site, op, ins, out, node):
        self.seq += 1
        self.events.append(Event(self.seq, site, op, ins, out, node))
        full = self.bytes > MOST_BYTES
        if full:
            self.thin()
        if len(self.events) > MOST_EVENTS or full and self.bytes > MOST_BYTES // 2:
            self.forget()
        if self.seq % 256 == 0 and time.monotonic() > self.deadline:
            self.stopping = self.stopping or "its time was over"

    def fruitless(self):
        """Whether numbers have multiplied arrays many times, a fifth of the time is over, and no array was updated yet."""
        self.times += 1
        late = self.times > MOST_TIMES and self.times % 256 == 0 and time.monotonic() > self.early
        return late and all(len(chain.versions) == 1 for chain in self.chains.values())

    def thin(self):
        """Drops the numbers of matrices that are only added up, one for each of many rows, but of the first and the last:
        what a step is a multiple of is their sum."""
        factors = {item.key for event in self.events if event.op in PRODUCTS or event.op == "MatMult" for item in event.ins
                   if isinstance(item, Value)}
        added, alike = set(), {}
        for event in self.events:
            if event.op in ("Add", "Sub", "AtAdd", "AtSub"):
                added |= {item.key for item in event.ins if isinstance(item, Value)} - factors
        for value in self.values.values():
            if value.data is not None and value.key in added and value.data.nbytes > LARGE and min(value.shape) > 1:
                alike.setdefault((value.made or -value.root.serial, value.shape), []).append(value)
        for values in alike.values():
            for value in values[MANY // 2:-MANY // 2]:
                self.bytes -= value.data.nbytes
                value.data = None

    def forget(self):
        """Drops the older half."""
        self.events = self.events[len(self.events) // 2:]
        kept = {}
        for event in self.events:
            for item in [*event.ins, event.out]:
                if isinstance(item, Value) and not item.number:
                    kept[item.key] = item
        self.dropped = True
        self.values = {key: value for key, value in self.values.items() if key in kept}
        serials = {key[0] for key in kept}
        held = {value.root.serial for chain in self.chains.values() for value in chain.versions}
        serials |= held
        self.roots = {n: root for n, root in self.roots.items() if root.serial in serials or root.strong is None}
        alive = {id(event.out.data) for event in self.events if event.out is not None and event.out.number}
        self.scalars = {n: value for n, value in self.scalars.items() if n in alive}
        self.bytes = sum(value.data.nbytes + 500 for value in self.values.values() if value.data is not None)

    def scalar(self, number):
        value = self.scalars.get(id(number))
        if value is None:
            value = self.scalars[id(number)] = self.lone_number(number)
        return value

    def named(self, site, value, name):
        known = self.names.setdefault(value.key, [])
        if len(known) < 8 and all(expression != name for _, expression in known):
            known.append((site, name))

    def counting(self, op, ins):
        """Whether an operation counts, goes on with a count, or multiplies arrays or adds up what a parameter made, all of whole
        numbers."""
        values = [item for item in ins if isinstance(item, Value)]
        counted = any(item.number and isinstance(item.data, np.integer) for item in values)
        adds = op in SUMS and any(item.node in self.tainted for item in values) or len(values) > 1 and (
            op in PRODUCTS or op == "MatMult") and not any(item.number for item in values)
        return counted or adds or op in ("sum", "count_nonzero")

    def passed(self, site, out):
        """A function of the script returned an array."""
        for item in out if isinstance(out, tuple) else (out,):
            if isinstance(item, np.ndarray) and len(self.through) < MOST_EVENTS:
                self.through.setdefault(self.see(item).key, []).append(site)


def lowest(array):
    """The lowest address of an array's memory."""
    start = array.__array_interface__["data"][0]
    return start + sum((n - 1) * step for n, step in zip(array.shape, array.strides) if step < 0 and n > 0)
