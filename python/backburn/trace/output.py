"""The output of a network and what it is compared with: which operation makes the error, and what p and y are in it.

An operation of which one side descends from the last layer and the other does not is a candidate: a difference, a quotient
y / p, or a product y·log p. Those that the update is made of come first, and of these one whose p is a known function of z.
`Story` inherits this class: it is the middle of the story, between the way forward and the way back.
"""
import numpy as np

from .functions import function_of
from .layer import Fault, Unclear, numbers
from .tape import LINEAR, PRODUCTS
from .value import Event, Value

REPLACED = ("AtSub", "AtAdd", "Store", "where")  # what makes an error of outputs by changing some of them
MOVED = LINEAR - {"sum", "mean"} | {"Store"}     # what leaves the numbers as they are


class Output:
    """The middle of a story: the prediction, the targets and the function of the last layer."""

    def output(self):
        """What the output is compared with: y, and the prediction p."""
        last = len(self.layers) - 1
        starts = {cycle[last].out.node: number for number, cycle in enumerate(self.cycles)}
        products = {layer.event.seq for cycle in self.cycles for layer in cycle}
        taint, found, self.down = {}, {}, set()
        for event in self.inside:
            if event.seq in products or any(isinstance(item, Value) and item.node in self.down for item in event.ins):
                self.down.add(event.node)
            if event.node in starts and event.op in ("Add", "Sub", "MatMult", "Mult", *PRODUCTS):
                taint[event.node] = starts[event.node]
                continue
            marks = [taint.get(item.node) if isinstance(item, Value) else None for item in event.ins]
            cycle = max((mark for mark in marks if mark is not None), default=None)
            if cycle is None:
                continue
            taint[event.node] = cycle
            kind = self.comparison(event, marks)
            if kind is not None:
                found.setdefault(kind, {}).setdefault(event.site, {}).setdefault(cycle, event)
        whole = [(kind, [events[c] for c in range(len(self.cycles))]) for kind in sorted(found)
                 for events in sorted(found[kind].values(), key=lambda events: next(iter(events.values())).seq)
                 if len(events) == len(self.cycles)]
        # What the update is made of and is a known function of z comes first.
        if not any(kind < 3 and self.targets(events, known=True) for kind, events in whole) \
                and not any(self.targets(events) for _, events in whole) and not self.entry_by_entry():
            raise Unclear("nothing was found that the output is compared with")

    def entry_by_entry(self):
        """Takes p and y from differences of their entries, p[i] - y[i] in the order of i; whether there are such."""
        source, found = {}, {}
        for event in self.inside:
            if event.op == "Index" and event.out.number and isinstance(event.ins[0], Value):
                source[event.node] = event.ins[0]
            whole = [source.get(item.node) if isinstance(item, Value) else None for item in event.ins] if event.op == "Sub" else []
            mine = [n for n, one in enumerate(whole) if one is not None and one.node in self.down]
            if len(mine) == 1:
                found.setdefault(whole[mine[0]].key, []).append((event, mine[0], whole[mine[0]], whole[1 - mine[0]]))
        whole = [event for event in (self.entries_of(known) for known in found.values()) if event is not None]
        if len(whole) != len(self.cycles) or not self.targets(whole):
            return False
        self.compared_at = {event.node for known in found.values() for event, *_ in known}
        return True

    def entries_of(self, known):
        """Such differences of one array as one event, if there is one of every entry; else None."""
        event, side, p, y = known[0]
        p_now, first = numbers(p), known[:p.size]
        if p_now is None or [float(event.ins[side].data) for event, side, *_ in first] != np.ravel(p_now).tolist():
            return None
        if y is None or y.size != p.size:
            others = [event.ins[1 - side] for event, side, *_ in first]
            given = [one.data if isinstance(one, Value) else one for one in others]
            if any(one is None for one in given):
                return None
            y = self.tape.see(np.array(given, dtype=float).reshape(p.shape))
        return Event(event.seq, event.site, "Sub", [p, y] if side == 0 else [y, p], None, event.node)

    def comparison(self, event, marks):
        """How much an event looks like output against target: smaller is more, None not at all."""
        constant = self.tape.sites[event.site].constant
        if event.op in REPLACED:
            mine = event.node in self.ancestors and (marks[0] is not None or event.op == "where")
            return 0 if mine and (event.op in ("AtSub", "AtAdd") or self.replaced(event) is not None) else None
        if event.op not in ("Sub", "Div", "Mult", "Add") or len(event.ins) != 2 or (marks[0] is None) == (marks[1] is None):
            return None
        side = 0 if marks[0] is None else 1
        other, mine = event.ins[side], event.ins[1 - side]
        if constant[side] or other is None:
            return None
        if isinstance(other, Value):
            if self.tape.chain(other) in self.weights + self.biases:         # its update
                return None
            own = event.op == "Sub" and other.size == mine.size     # what an autoencoder is compared with
            if other.node in self.down or other.node == self.layers[0].other.node and not own:
                return None
            if event.op == "Sub" and 1 < max(other.size, mine.size) < event.out.size and event.node in self.ancestors:
                self.every_pair(event, side)
        elif event.op not in ("Sub", "Div") or mine.size > 1 and (event.op == "Div" or event.node not in self.ancestors):
            return None
        if event.op == "Add" or event.op == "Div" and side == 1:
            return None
        alive = event.node in self.ancestors
        return {"Sub": 1 if alive else 3, "Div": 2 if alive else 4, "Mult": 5}[event.op]

    def every_pair(self, event, side):
        """Says that outputs less targets are a matrix with an entry for every pair of rows, as one of a column and a row is."""
        y, p, place = event.ins[side], event.ins[1 - side], self.tape.sites[event.site]
        raise Fault(f"{place.file}:{place.line}  {place.source}  makes a matrix of {' × '.join(map(str, event.out.shape))} entries, one for "
                    f"every pair of rows: the targets have the shape {y.shape} and the outputs {p.shape}; give both one "
                    "shape, as y.reshape(p.shape) does")

    def targets(self, events, known=False):
        """Takes p and y from the events that compare them, one for each row or batch; where `known`, only if p is a known
        function of z."""
        last = self.layers[-1]
        width = numbers(last.chain.versions[self.t], last.weight).shape[1]
        mine, other, z = [], [], []
        for event, cycle in zip(events, self.cycles):
            z_here = numbers(cycle[-1].out, lambda array: cycle[-1].turned * last.rows(array, width))
            p, y = self.compared(event, last, width)
            if p is None or z_here is None or p.shape != z_here.shape:
                return False
            mine.append(p), other.append(y), z.append(z_here)
        p, z = np.concatenate(mine), np.concatenate(z)
        y = other[0] if len(other) == 1 else np.concatenate([np.atleast_1d(part) for part in other])
        y = self.coded(y, p, last)
        if y is None:
            return False
        same = any(isinstance(item, Value) and self.copied(item, self.cycles[0][-1].out.node) for item in events[0].ins)
        whole = next((item for item in events[0].ins if isinstance(item, Value) and item.node in self.down), None)
        late = None if same or whole is None else self.late(last, whole, z, output=True)
        found = ("linear", None) if same else late or function_of(z, p, last.out.dtype, output=True)
        if found is None and events[0].op in ("Mult", "Div"):
            with np.errstate(all="ignore"):
                found = function_of(z, np.exp(p), last.out.dtype, output=True)
            p = np.exp(p) if found else p
            if not found:
                return False
        if known and found is None:
            return False
        self.p, self.y, last.function, last.slope = p, y, *(found or (None, None))
        self.compare, self.compared_at = events[0], {event.node for event in events}
        ins = events[0].ins
        target = next((item for item in ins if isinstance(item, Value) and item.node not in self.down), None)
        self.y_value = self.unsigned(target) if events[0].op in ("Div", "Mult") else target
        self.p_value = next((item for item in ins if isinstance(item, Value) and item.node in self.down), None)
        self.predictions = [self.prediction(event) for event in events]
        return True

    def prediction(self, event):
        """What the outputs are in an event that compares them."""
        if event.op in REPLACED:
            return self.replaced(event)[0]
        return next((item for item in event.ins if isinstance(item, Value) and item.node in self.down), None)

    def weighted(self):
        """Refuses an error whose rows have weights of their own, which are neither inputs nor targets."""
        inputs = [self.layers[-1].input[:, column] for column in range(self.layers[-1].input.shape[1])]
        for event in self.inside if len(self.p) > 1 else []:
            error = [item for item in event.ins if isinstance(item, Value) and item.node in self.compared_at]
            other = [item for item in event.ins if isinstance(item, Value) and item not in error and item.node not in self.down]
            if event.op != "Mult" or len(error) != 1 or len(other) != 1 or event.node not in self.ancestors:
                continue
            weights = numbers(other[0], np.ravel) if other[0].size == len(self.p) else None
            if weights is None or not (weights > 0).all() or np.ptp(weights) == 0 or any((weights == x).all() for x in inputs) \
                    or np.array_equal(weights, np.ravel(self.y)):
                continue
            place = self.tape.sites[event.site]
            raise Fault(f"{place.file}:{place.line}  {place.source}  gives each row a weight of its own, and no loss that is known here "
                        "has such; with all weights 1 the script can be checked")

    def copied(self, value, node):
        """Whether a value is the node itself, put somewhere else and taken from there, laid out anew, and nothing more."""
        seen, waiting = {value.node}, [value.node]
        while waiting:
            here = waiting.pop()
            if here == node:
                return True
            for event in self.made.get(here, []):
                moved = {item.node for item in event.ins if isinstance(item, Value)} if event.op in MOVED else set()
                waiting += moved - seen
                seen |= moved
        return False

    def compared(self, event, last, width):
        """The prediction and the target of one event."""
        if event.op in REPLACED:
            pair = self.replaced(event)
            if pair is None:
                return None, None
            p, after = last.rows(pair[0].get(), width), last.rows(pair[1], width)
            return p, np.round(np.abs(p - after), 9)
        side = 0 if isinstance(event.ins[1], Value) and event.ins[1].node in self.down else 1
        p = numbers(event.ins[1 - side], lambda array: last.rows(array, width))
        other = self.unsigned(event.ins[side]) if event.op in ("Div", "Mult") else event.ins[side]
        return p, np.asarray(other.get() if isinstance(other, Value) else other)

    def replaced(self, event):
        """The outputs before some of them were replaced, by one event or entry by entry, and the array after it; None where they
        are not replaced by what they were less one."""
        (serial, turn), end = event.node, event.node[1]
        changes = lambda turn: any(other.op in REPLACED for other in self.made.get((serial, turn), []))
        while event.op != "where" and changes(turn - 1):
            turn -= 1
        while event.op != "where" and changes(end + 1):
            end += 1
        at = lambda number: [value for value in self.tape.values.values() if value.node == (serial, number) and value.get() is not None][:1]
        before = at(turn - 1) if event.op != "where" else [item for item in event.ins if isinstance(item, Value) and item.get() is not None]
        new = next((value.get() for value in at(end)), None)
        for value in before:
            old = value.get()
            if new is None or old.shape != new.shape or old.dtype.kind != "f":
                continue
            off = np.round(old - new, 9)
            if event.op in ("AtSub", "AtAdd") or off.any() and np.isin(off, (0.0, 1.0)).all():
                return value, new
        return None

    def unsigned(self, item):
        """The targets themselves where −y is divided by the prediction, as in −y / p."""
        made = self.made.get(item.node, []) if isinstance(item, Value) else []
        return next((event.ins[0] for event in made if event.op == "Neg" and isinstance(event.ins[0], Value)), item)

    def coded(self, y, p, last):
        """Targets as rows, or as one number each."""
        if y is None or y.dtype.kind not in "fiub":
            return None
        y = np.asarray(y, dtype=float)
        if y.ndim == 2 and not last.right and len(self.cycles) == 1 and (y.T.shape == p.shape or y.shape != p.shape):
            y = y.T
        if y.size == p.size and y.size == len(p) * p.shape[1]:
            return y.reshape(p.shape)
        if y.size == len(p):
            return y.reshape(-1)
        return None
