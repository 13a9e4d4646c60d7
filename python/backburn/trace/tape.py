"""The tape: what the script's arithmetic did, in order.

The rewritten script calls the methods of the first part, one for each kind of expression; the second part writes down what
was made of what; the third watches, while the script runs, which arrays become parameters, and ends the script when each
of them has been updated twice. Nothing is concluded here: `story.py` reads the tape after the run.
"""
import collections
import time
import types

import numpy as np

from .old_python import divided_in_place
from .value import BIG, Chain, Event, Root, Value


SMALL = 1 << 20            # arrays up to so many bytes are copied when they are seen, larger ones kept by reference
MOST_BYTES = 400 << 20     # of copies on the tape; the oldest half is dropped above
MOST_EVENTS = 300_000      # on the tape; likewise
MOST_NUMBERS = 200_000     # operations on plain numbers that are kept
MOST_SHOWN = 5_000         # numbers that the script shows, likewise

PRODUCTS = {"dot", "matmul", "inner", "outer", "vdot", "tensordot"}
UFUNCS = {"add": "Add", "subtract": "Sub", "multiply": "Mult", "divide": "Div", "true_divide": "Div", "negative": "Neg"}
LINEAR = {"array", "asarray", "copy", "reshape", "ravel", "flatten", "squeeze", "astype", "transpose", "sum", "mean",
          "expand_dims", "atleast_2d", "asmatrix", "Index", "concatenate", "hstack", "vstack", "append"}
CHANGES = {"fill", "sort", "put", "itemset", "shuffle", "copyto", "fill_diagonal", "partition", "at", "place", "putmask"}


class Stop(BaseException):
    """Ends the script: what was to be seen has been seen, or its time is over."""


class Tape:
    """What the script's arithmetic did, in order."""

    slice, divided_in_place = staticmethod(slice), staticmethod(divided_in_place)

    def __init__(self, sites, deadline, give_up):
        self.sites, self.deadline = sites, deadline
        self.give_up = give_up                   # ends the process of a script that catches every exception
        self.seq, self.serial, self.bytes = 0, 0, 0
        self.roots, self.values, self.scalars, self.names, self.through = {}, {}, {}, {}, {}
        self.events, self.chains, self.successor, self.tainted = [], {}, {}, set()
        self.products, self.olds, self.held, self.quotients = {}, [], None, {}
        self.stopping, self.dropped, self.ignored = None, False, 0
        self.arguments = {}                      # names that functions have for their arguments
        self.floats = collections.deque(maxlen=2 * MOST_NUMBERS)   # what was done to plain numbers, as (site, op, ins, out)
        self.slots, self.sets = {}, {}
        self.used = set()                        # the roots that went into products, whole or in parts
        self.elements = {}                       # like names, for elements of lists and dictionaries
        self.displays = []                       # numbers made of arrays that the script shows, as (site, value, percent)
        self.heavy = []                          # the last large arrays that went into products, kept alive

    # What the rewritten script calls.

    def binary(self, site, left, right):
        op, function = self.sites[site].op
        out = function(left, right)
        if isinstance(left, np.ndarray) or isinstance(right, np.ndarray) or id(left) in self.scalars \
                or id(right) in self.scalars:
            product = op == "Mult" and isinstance(out, np.matrix) and not np.isscalar(left) and not np.isscalar(right)
            self.record(site, "MatMult" if product else op, (left, right), out)
        elif op in ("Div", "Mult") and type(out) is float and len(self.quotients) < 20_000:
            self.quotients.setdefault(out, (op, left, right))
        if isinstance(out, float):
            self.floats.append((site, op, (left, right), out))
        return out

    def unary(self, site, value):
        op, function = self.sites[site].op
        out = function(value)
        if isinstance(value, np.ndarray) or id(value) in self.scalars:
            self.record(site, op, (value,), out)
        elif isinstance(out, float):
            self.floats.append((site, op, (value,), out))
        return out

    def index(self, site, value, place):
        out = value[place]
        if isinstance(value, np.ndarray) and (isinstance(out, np.ndarray) or type(out) is np.float64):
            if not (isinstance(out, np.ndarray) and np.may_share_memory(out, value)):
                parts = place if isinstance(place, tuple) else (place,)
                by = [part for part in parts if isinstance(part, np.ndarray) and part.dtype.kind in "iu"]
                self.record(site, "Index", (value, *by), out)
        return out

    def call(self, site, function, *args, **words):
        if self.stopping:
            self.halt()
        name, owner = getattr(function, "__name__", ""), getattr(function, "__self__", None)
        changed = words.get("out")
        changed = changed[0] if isinstance(changed, tuple) else changed
        if changed is None and name in CHANGES:
            changed = owner if isinstance(owner, np.ndarray) else args[0] if args else None
        if isinstance(changed, np.ndarray):
            self.touch(changed)
        if function is sum and args:
            args = (list(args[0]), *args[1:])
        out = function(*args, **words)
        own = isinstance(function, (types.FunctionType, types.MethodType)) and not of_numpy(function)
        if isinstance(out, float) and args and not own:
            if name in ("dot", "inner", "vdot") and len(args) == 2 and all(type(arg) is list for arg in args):
                parts = [(site, "Mult", pair, pair[0] * pair[1]) for pair in zip(*args)]
                self.floats.extend(parts)
                self.floats.append((site, "sum", tuple(part[3] for part in parts), out))
            else:
                self.floats.append((site, name, tuple(args[0]) if function is sum else args, out))
        if own or isinstance(function, type):
            self.passed(site, out)
            return out
        ins = args if not isinstance(owner, np.ndarray) else (owner,) + args
        flat = [part for arg in ins for part in (arg if isinstance(arg, (list, tuple)) and len(arg) < 64 else (arg,))]
        flat += [words[w] for w in words if isinstance(words[w], np.ndarray) and w != "out"]
        if any(isinstance(arg, np.ndarray) or id(arg) in self.scalars for arg in flat):
            if isinstance(changed, np.ndarray):
                self.changed(site, changed, UFUNCS.get(name, "Store"), flat)
            elif isinstance(out, (np.ndarray, float)) or counts(name, flat[0]):
                self.record(site, UFUNCS.get(name, name), flat, out)
            elif name == "format" and isinstance(owner, str):
                for item in flat:
                    self.displayed(site, item, "%}" in owner)
        return out

    def displayed(self, site, value, percent):
        """A person is shown a value."""
        if id(value) in self.scalars and len(self.displays) < MOST_SHOWN:
            self.displays.append((site, self.scalars[id(value)], percent))
        return value

    def slot(self, site, key, old, new):
        """A place that holds a number holds another now."""
        self.slots[key] = new
        lasting = isinstance(key, tuple) or "." in key
        if lasting and old is not None and old is not new:
            self.sets[key] = self.sets.get(key, 0) + 1
        if old is not None and old is not new:
            self.floats.append((site, "set", (key, old), new))
        if len(self.floats) >= MOST_NUMBERS and lasting and self.sets.get(key, 0) >= 3:
            often = sum(times >= 3 for times in self.sets.values())
            if often >= 4 and not any(len(chain.versions) > 1 for chain in self.chains.values()):
                self.stopping = "its parameters were updated twice"
                self.halt()

    def hold(self, value):
        self.held = value
        return value

    def bind(self, site, value):
        if isinstance(value, np.ndarray):
            self.named(site, self.see(value), self.sites[site].name)
        elif id(value) in self.scalars:
            self.named(site, self.scalars[id(value)], self.sites[site].name)
        elif isinstance(value, float):
            self.slot(site, self.sites[site].name, self.slots.get(self.sites[site].name), value)
        elif isinstance(value, (list, tuple, dict)) and 0 < len(value) <= 64:
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            for key, part in parts:
                if isinstance(part, np.ndarray):
                    self.held_in(site, part, f"{self.sites[site].name}[{key!r}]")

    def argument(self, site, value):
        """A function calls an array by a name of its own."""
        if isinstance(value, np.ndarray):
            known = self.arguments.setdefault(self.see(value).key, [])
            if len(known) < 8 and self.sites[site].name not in known:
                known.append(self.sites[site].name)

    def held_in(self, site, array, name):
        """An array is an element of something that has a name."""
        known = self.elements.setdefault(self.see(array).key, [])
        if len(known) < 4 and all(expression != name for _, expression in known):
            known.append((site, name))

    def opened(self, site, base, place):
        if isinstance(base, np.ndarray):
            self.touch(base)
        self.olds.append(element(base, place))

    def stored(self, site, base, place):
        old, new = self.olds.pop() if self.olds else None, element(base, place)
        if isinstance(old, float) and isinstance(new, float):
            self.slot(site, (id(base), place), old, new)
        if isinstance(base, np.ndarray):
            self.changed(site, base, "Store", [self.held])
            return
        try:
            value = self.held if isinstance(self.held, np.ndarray) else base[place]
        except (TypeError, KeyError, IndexError):
            return
        if isinstance(value, np.ndarray):
            self.named(site, self.see(value), called(self.sites[site].name, place))

    def before(self, site, subscript, base, place):
        if subscript and not isinstance(base, np.ndarray):
            base = base[place] if place is not None else None
        if isinstance(base, np.ndarray):
            self.olds.append(self.see(base))
            self.touch(base)
        else:
            self.olds.append(self.scalars.get(id(base), base if isinstance(base, float) else None))

    def after(self, site, subscript, base, place):
        old, op, name = self.olds.pop() if self.olds else None, self.sites[site].op[0], self.sites[site].name
        if subscript and isinstance(base, np.ndarray):
            self.changed(site, base, "At" + op, [old, self.held])
            return
        if subscript and place is None:
            return
        owner = base
        if subscript:
            base, name = base[place], called(name, place)
        if isinstance(old, float) and isinstance(base, float) and id(self.held) not in self.scalars:
            self.floats.append((site, op, (old, self.held), base))
            self.slot(site, (id(owner), place) if subscript else name, old, base)
            return
        if isinstance(base, np.ndarray) and old is not None:
            if old.root is self.root(base):
                old.root.turn += 1
            self.record(site, op, (old, self.held), base)
            self.named(site, self.see(base), name)
        elif isinstance(base, float) and (old is not None or id(self.held) in self.scalars):
            self.record(site, op, (old if old is not None else base, self.held), base)
            self.bind(site, base)

    # What it is written down as.

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

    def see(self, array):
        """The value of an array now."""
        root = self.root(array)
        base = array
        while isinstance(base.base, np.ndarray):
            base = base.base
        offset = array.__array_interface__["data"][0] - lowest(base) if array.size else 0
        key = root.serial, root.turn, offset, array.shape, array.strides
        value = self.values.get(key)
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

    def operand(self, item):
        if isinstance(item, Value):
            return item
        if isinstance(item, np.ndarray):
            return self.see(item) if item.dtype.kind in "fiub" else None
        return self.scalars.get(id(item), item if isinstance(item, (int, float, np.number)) else None)

    def record(self, site, op, ins, out):
        if self.stopping:
            self.halt()
        ins = [self.operand(item) for item in ins]
        if isinstance(out, np.ndarray):
            if out.dtype.kind not in "fiub":
                return
            result = self.see(out)
        elif isinstance(out, (float, np.floating)) or isinstance(out, np.integer) and counting(op, ins):
            result = self.scalar(out)
        else:
            return
        if result.made is None:
            result.made = site
        self.write(site, op, ins, result, result.node)
        if op in PRODUCTS or op == "MatMult":
            self.product(site, ins, result)
        elif any(isinstance(item, Value) and item.node in self.tainted for item in ins):
            self.tainted.add(result.node)
        if op in ("Add", "Sub"):
            self.addition(site, ins, result)
        if op == "Neg" and isinstance(ins[0], Value) and ins[0].node in self.products:
            self.products.setdefault(result.node, self.seq)      # −x·W, from which a bias is taken off
        if op not in PRODUCTS and op not in ("MatMult", "Index", "Compare") and result.shape:
            for item in ins:
                if isinstance(item, Value) and item.size <= result.size and item.root is not result.root and item.size > 0:
                    used = item.root.serial in self.used or self.chain(item) is not None
                    if used and result.root.serial not in self.successor:
                        self.successor[result.root.serial] = item.root.serial

    def write(self, site, op, ins, out, node):
        self.seq += 1
        self.events.append(Event(self.seq, site, op, ins, out, node))
        if len(self.events) > MOST_EVENTS or self.bytes > MOST_BYTES:
            self.forget()
        if self.seq % 256 == 0 and time.monotonic() > self.deadline:
            self.stopping = self.stopping or "its time was over"

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
        self.roots = {n: root for n, root in self.roots.items() if root.serial in serials | held or root.strong is None}
        alive = {id(event.out.data) for event in self.events if event.out is not None and event.out.number}
        self.scalars = {n: value for n, value in self.scalars.items() if n in alive}
        self.bytes = sum(value.data.nbytes + 500 for value in self.values.values() if value.data is not None)

    def scalar(self, number):
        value = self.scalars.get(id(number))
        if value is None:
            value = self.scalars[id(number)] = self.lone_number(number)
        return value

    def lone_number(self, number):
        """A number as a value that nothing else is known by."""
        self.serial += 1
        root = Root.__new__(Root)
        root.serial, root.turn = self.serial, 0
        value = Value(root, 0, 0, (), (), np.dtype(float))
        value.data, value.number, value.seq = number, True, self.seq
        return value

    def named(self, site, value, name):
        known = self.names.setdefault(value.key, [])
        if len(known) < 8 and all(expression != name for _, expression in known):
            known.append((site, name))

    def passed(self, site, out):
        """A function of the script returned an array."""
        for item in out if isinstance(out, tuple) else (out,):
            if isinstance(item, np.ndarray) and len(self.through) < MOST_EVENTS:
                self.through.setdefault(self.see(item).key, []).append(site)

    # Parameters, while the script runs.

    def product(self, site, ins, result):
        self.tainted.add(result.node)
        pair = [item for item in ins[:2] if isinstance(item, Value)]
        if len(pair) == 2:
            self.products[result.node] = self.seq
            for array in (value.root.array() for value in pair if value.root.weak is not None):
                if not any(array is known for known in self.heavy):
                    self.heavy = (self.heavy + [array])[-2:]
            for slot, value in enumerate(pair):
                self.use((site, slot), "W", value, lone(pair[1 - slot]))

    def addition(self, site, ins, result):
        for slot, other in ((1, ins[0]), (0, ins[1])):
            value = ins[slot]
            if isinstance(other, Value) and isinstance(value, Value) and other.node in self.products and value.size > 0:
                if not value.number and value.node not in self.products:
                    self.use((site, slot), "b", value, False)
                self.products.setdefault(result.node, self.seq)
            if isinstance(other, Value) and other.node in self.products and not self.sites[site].constant[slot]:
                number = isinstance(value, Value) and value.number and value.node not in self.products
                if isinstance(value, float) or number:
                    self.use_number((site, slot), value)

    def use_number(self, place, number):
        """A number is added to a product: a bias of one unit, if the program changes it."""
        chain = self.chains.get(place)
        if chain is None:
            value = number if isinstance(number, Value) else self.lone_number(number)
            chain = self.chains[place] = Chain(place, "b", value, self.seq, False)
        elif not isinstance(number, Value) or number.node == chain.versions[-1].node:
            chain.uses[-1] += 1
        elif number.node in self.tainted:
            chain.versions.append(number)
            chain.seqs.append(self.seq)
            chain.uses.append(1)
        chain.last = self.seq
        last = chain.versions[-1]
        self.chains[(last.root.serial, last.offset, last.size)] = chain

    def chain(self, value):
        serial, leaf = value.root.serial, (value.offset, value.size)
        for _ in range(60):
            chain = self.chains.get((serial, *leaf))
            if chain is not None:
                self.chains[(value.root.serial, *leaf)] = chain
                return chain
            serial = self.successor.get(serial)
            if serial is None:
                return None
        return None

    def use(self, place, kind, value, fresh):
        chain = self.chain(value)
        self.used.add(value.root.serial)
        if chain is None:
            self.chains[(value.root.serial, value.offset, value.size)] = Chain(place, kind, value, self.seq, fresh)
            return
        if chain.first != place:
            # A pass forward before the loop and another at its end: the parameter is followed where the loop uses it.
            once, moved = chain.uses == [1], value.node in self.tainted and value.node != chain.versions[0].node
            same = (value.shape, value.strides) == (chain.versions[0].shape, chain.versions[0].strides)
            if not (once and moved and same and place[1] == chain.first[1] and kind == chain.kind):
                return
            chain.first = place
        chain.last = self.seq
        if value.node == chain.versions[-1].node:
            chain.uses[-1] += 1
        elif value.node in self.tainted and chain.versions[0].node not in self.tainted:
            chain.versions.append(value)
            chain.seqs.append(self.seq)
            chain.uses.append(1)
            self.enough()

    def enough(self):
        """Stops the script once every parameter that is updated has been updated twice; single rows go on a little."""
        moving = [chain for chain in set(self.chains.values()) if len(chain.versions) > 1]
        single = all(chain.fresh and chain.uses[0] == 1 for chain in moving if chain.kind == "W")
        wanted = 10 if single else 3
        counts = [len(chain.versions) for chain in moving]
        if min(counts) >= wanted or max(counts) > wanted + 1:
            self.stopping = "its parameters were updated twice"
            self.halt()

    def halt(self):
        self.ignored += 1
        if self.ignored > 1000:                  # a bare `except:` in a loop eats every exception
            self.give_up()
        raise Stop(self.stopping)


def counts(name, array):
    """Whether a function counts what is true in an array."""
    return name in ("sum", "count_nonzero") and isinstance(array, np.ndarray) and array.dtype.kind == "b"


def counting(op, ins):
    """Whether an operation counts, or goes on with a count."""
    counted = [item for item in ins if isinstance(item, Value) and item.number and isinstance(item.data, np.integer)]
    return bool(counted) or op in ("sum", "count_nonzero")


def of_numpy(function):
    """Whether a function is one of numpy's, which are plain functions before numpy 1.25."""
    return isinstance(function, types.FunctionType) and (function.__module__ or "").split(".")[0] == "numpy"


def element(base, place):
    """What a list or a dictionary holds at a place; None where there is nothing."""
    try:
        return base[place] if isinstance(base, (list, dict)) else None
    except (TypeError, KeyError, IndexError):
        return None


def lowest(array):
    """The lowest address of an array's memory."""
    start = array.__array_interface__["data"][0]
    return start + sum((n - 1) * step for n, step in zip(array.shape, array.strides) if step < 0 and n > 0)


def lone(value):
    """Whether a value is one row."""
    return len(value.shape) < 2 or 1 in value.shape


def called(name, place):
    """`grads["W" + str(i)]` by the index that it had: `grads['W1']`."""
    if isinstance(place, (int, str, np.integer)) and name.endswith("]"):
        depth = 0
        for at in range(len(name) - 1, -1, -1):
            depth += (name[at] == "]") - (name[at] == "[")
            if depth == 0:
                return f"{name[:at]}[{int(place) if isinstance(place, np.integer) else place!r}]"
    return name
