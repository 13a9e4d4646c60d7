"""A story: what every array was in one update of the parameters, read off the tape after the run.

- A parameter is an array that is used in a product x·W, or added to one, and that the same place of the program later
  uses with something of the program's own added to it.
- A layer is where x·W appears; its function, the loss and the mask of a dropout are found by computing them again.
- x is what the first layer is multiplied with, y what the output is compared with.
- The gradients are found by `steps.py`.

What cannot be proved raises `Unclear`, and the reason is what the person is told.
"""
import functools

import numpy as np

from .functions import function_of, mask_of, near
from .layer import Layer, Unclear, multiple, numbers, part_of
from .parameters import lone
from .steps import Steps
from .tape import LINEAR, PRODUCTS
from .value import Event, Value

MOVED = LINEAR - {"sum", "mean"} | {"Store"}     # what leaves the numbers as they are


class Story(Steps):
    """The roles of the arrays in the update number `t` from 0."""

    def __init__(self, tape, t):
        self.tape, self.t, self.said = tape, t, []
        chains = chains_of(tape)
        self.weights = [chain for chain in chains if chain.kind == "W" and len(chain.versions) > t + 1]
        self.biases = [chain for chain in chains if chain.kind == "b" and len(chain.versions) > t + 1]
        self.still = [chain for chain in chains if len(chain.versions) == 1 and not chain.versions[0].number]
        if not self.weights:
            raise Unclear("no array that is multiplied with data was updated")
        self.start = min(chain.seqs[t] for chain in self.weights)
        self.end = min(chain.seqs[t + 1] for chain in self.weights)
        if tape.dropped and (not tape.events or tape.events[0].seq > self.start):
            raise Unclear("one update takes more operations than the tracer keeps")
        self.inside = [event for event in tape.events if self.start <= event.seq < self.end]
        self.made = {}
        for event in self.inside:
            self.made.setdefault(event.node, []).append(event)
        self.ancestors = self.above([chain.versions[t + 1].node for chain in self.weights + self.biases])
        self.cycles = self.forward()
        self.layers = self.cycles[0]
        self.data_first()
        self.preactivations()
        self.output()
        self.inputs()
        self.functions()
        self.gradients()
        self.loss()

    def above(self, nodes):
        """All that the nodes were made of, in this update."""
        seen, waiting = set(nodes), list(nodes)
        while waiting:
            for event in self.made.get(waiting.pop(), []):
                for item in event.ins:
                    if isinstance(item, Value) and item.node not in seen:
                        seen.add(item.node)
                        waiting.append(item.node)
        return seen

    def last_site(self, node):
        """The place that was the last to change something in this update."""
        made = self.made.get(node)
        return made[-1].site if made else None

    def site_of(self, value):
        """The place that made a value."""
        return value.made if value.made is not None else self.last_site(value.node)

    # Forward.

    def forward(self):
        """The passes forward that the update is made of: for each row or batch the layers in order."""
        mine = {id(chain): chain for chain in self.weights}
        order, cycles, cycle, first = [], [], [], {}
        for event in self.inside:
            if event.op not in PRODUCTS and event.op not in ("MatMult", "Mult") or event.op == "outer":
                continue
            pair = event.ins[:2]
            if len(pair) < 2 or not all(isinstance(item, Value) for item in pair) or event.node not in self.tape.products:
                continue
            for slot in (1, 0):
                chain = self.tape.chain(pair[slot])
                if chain is None or id(chain) not in mine or pair[slot].node != chain.versions[self.t].node:
                    continue
                layer = Layer(chain, event, slot)
                axis = layer.contracted(event, slot)
                if first.setdefault(id(chain), (axis, slot))[0] != axis:
                    continue
                if id(chain) not in order:
                    if any(part_of(pair[slot], known.operand) for known in (cycles[0] if cycles else cycle)):
                        continue                 # without its row of biases the weight goes backward
                    order.append(id(chain))
                    cycle.append(layer)
                    break
                place = order.index(id(chain))
                if place == 0:
                    cycles.append(cycle)
                    cycle = [layer]
                    break
                if place == len(cycle):
                    cycle.append(layer)
                    break
        cycles.append(cycle)
        cycles = [cycle for cycle in cycles if len(cycle) == len(order)]
        mine = [cycle for cycle in cycles if cycle[-1].event.node in self.ancestors]
        if not cycles:
            raise Unclear("no whole pass forward was seen")
        if not mine:
            mine = cycles if one_row(cycles[0]) else cycles[-1:]
        again = len(mine) > 1 and len({cycle[0].other.key for cycle in mine}) == 1      # one row that is given twice
        if again or not all(one_row(cycle) for cycle in mine):
            mine = mine[-1:]
        return mine

    def data_first(self):
        """Makes sure that the first layer receives data, and nothing that the parameters made: an error on its way back is no x."""
        first = self.layers[0]
        seen, parameters = {first.other.node}, {known.node for chain in self.weights + self.biases for known in chain.versions}
        earlier = [event for event in self.tape.events if event.seq < first.event.seq] if first.other.node in self.tape.tainted else []
        for event in reversed(earlier):
            if event.node in seen:
                ins = event.ins[1:] if event.op == "Store" else event.ins       # not what the memory held before
                seen |= {item.node for item in ins if isinstance(item, Value)}
        if seen & parameters:
            place = self.tape.sites[first.event.site]
            raise Unclear(f"the first product of a parameter with data that was seen, {place.file}:{place.line}  {place.source}, "
                          "is one of what other parameters made; those before it are not read")

    def preactivations(self):
        """z = x·W + b of every layer and row."""
        mine = {id(chain): chain for chain in self.biases + self.still if chain.kind == "b"}
        users, turned = {}, {}
        for event in self.inside:
            if event.op == "Neg" and event.out is not None and isinstance(event.ins[0], Value):
                turned.setdefault(event.ins[0].node, event.out)
            if event.op in ("Add", "Sub"):
                for item in event.ins:
                    if isinstance(item, Value):
                        users.setdefault(item.node, []).append(event)
        for cycle in self.cycles:
            for layer in cycle:
                layer.out = layer.event.out
                self.add_bias(layer, layer.out, 1, users, mine)
                if layer.bias is None and layer.out.node in turned:
                    self.add_bias(layer, turned[layer.out.node], -1, users, mine)
                if layer.bias is None:
                    self.taken_off(layer, users)

    def taken_off(self, layer, users):
        """Reads y − x·W − b, an error without an output of its own, as y − (x·W + b), and goes on as if the program did."""
        product = layer.out
        pairs = [(first, second) for first in users.get(product.node, []) for second in users.get(first.node, [])
                 if (first.op, second.op) == ("Sub", "Sub") and len(first.ins) == len(second.ins) == 2]
        for first, second in pairs:
            (y, taken), (rest, bias) = first.ins, second.ins
            chain = self.tape.chain(bias) if isinstance(bias, Value) and not bias.number else self.tape.chains.get((second.site, 1))
            forms = [value.shape for value in (y, rest, second.out) if isinstance(value, Value)]
            if chain not in self.biases or taken is not product or forms != 3 * [product.shape]:
                continue
            whole = self.tape.see(np.asarray(numbers(product) + numbers(bias)))
            total = Event(second.seq, second.site, "Add", [product, bias], whole, whole.node)
            error = Event(second.seq, second.site, "Sub", [y, whole], second.out, second.node)
            at = self.inside.index(second)
            self.inside[at:at + 1] = [total, error]
            self.made[whole.node], self.made[second.node] = [total], [error]
            self.ancestors |= {whole.node} if second.node in self.ancestors else set()
            layer.bias, layer.out, layer.turned, layer.bias_sign = chain, whole, 1, 1
            return

    def add_bias(self, layer, product, sign, users, mine):
        """Finds the bias of a layer among what is added to `sign` times its product; of −x·W − b the layer is turned."""
        for event in users.get(product.node, []):
            slot = 0 if isinstance(event.ins[1], Value) and event.ins[1].node == product.node else 1
            bias = event.ins[slot] if len(event.ins) > 1 else None
            bias = self.tape.spread.get(bias.node, bias) if isinstance(bias, Value) else bias
            chain = self.tape.chain(bias) if isinstance(bias, Value) and bias.size else None
            if chain is None and (isinstance(bias, (int, float)) or isinstance(bias, Value) and bias.number):
                chain = self.tape.chains.get((event.site, slot))
                bias = chain.versions[0] if chain is not None else bias
            data = chain in self.still and (event.op == "Sub" or bias.size == product.size)
            if chain is not None and id(chain) in mine and event.out is not None and not data:
                layer.bias, layer.out = chain, event.out
                layer.turned = -sign if event.op == "Sub" and slot == 0 else sign
                layer.bias_sign = layer.turned * (-1 if event.op == "Sub" and slot == 1 else 1)
                return

    def stack(self, number, get):
        """What `get` gives for layer `number` of every row, on top of each other."""
        parts = [get(cycle[number]) for cycle in self.cycles]
        if any(part is None for part in parts) or len({part.shape[1:] for part in parts}) > 1:
            return None
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def inputs(self):
        for number, layer in enumerate(self.layers):
            layer.input = self.stack(number, lambda one: numbers(one.other, one.rows))
            layer.w0 = layer.weight(numbers(layer.chain.versions[self.t]))
            layer.w1 = numbers(layer.chain.versions[self.t + 1], layer.weight)
            if layer.input is None or layer.w0 is None or layer.w1 is None:
                raise Unclear(f"the input of layer {number + 1} was changed before it could be read")
            width = layer.w0.shape[1]
            z = self.stack(number, lambda one: numbers(one.out, lambda array: one.turned * one.rows(array, width)))
            layer.z = z if z is not None and z.shape == (len(layer.input), layer.w0.shape[1]) else None
            if layer.input.shape[1] != layer.w0.shape[0]:
                raise Unclear(f"layer {number + 1} is no product of rows with weights")
            first = layer.input[0] if layer.bias is None else np.zeros(0)
            ones = np.flatnonzero(np.abs(first) == 1)
            constant = [at for at in ones if (layer.input[:, at] == first[at]).all()]
            if len(constant) == 1 and layer.input.shape[1] > 1 and len(layer.input) > 1 or len(constant) == 1 \
                    and number > 0:
                layer.ones = int(constant[0])
            layer.b0 = layer.b1 = None
            if layer.bias is not None:
                layer.b0 = numbers(layer.bias.versions[self.t if len(layer.bias.versions) > self.t else 0])
                if len(layer.bias.versions) > self.t + 1:
                    layer.b1 = numbers(layer.bias.versions[self.t + 1])
                else:
                    self.said.append(("bias-not-updated", f"b{number + 1}"))
                self.one_bias(number, layer)

    def one_bias(self, number, layer):
        """Makes sure that a bias is one for all rows, and stays one."""
        rows, units, before, after = len(layer.input), layer.w0.shape[1], np.size(layer.b0), np.size(layer.b1)
        if rows == 1 or rows * units not in (before, after):
            return
        name, shape = self.expression(layer.bias), units if layer.right else (units, 1)
        begin = "has" if before == rows * units else "gets, by its update,"
        raise Unclear(f"the bias of layer {number + 1} {begin} a row for each of the {rows} rows of the batch, where one belongs "
                      f"to all of them: {name} = np.zeros({shape}), and its gradient is the sum of the error over the rows")

    def functions(self):
        """The function between one layer and the next."""
        for number, (layer, after) in enumerate(zip(self.layers, self.layers[1:])):
            a = after.input
            if after.ones is not None and layer.z is not None and a.shape[1] == layer.z.shape[1] + 1:
                a = np.delete(a, after.ones, axis=1)
            else:
                after.ones = None
            layer.a = a
            if layer.z is None or a.shape != layer.z.shape:
                raise Unclear(f"what layer {number + 2} receives is not what layer {number + 1} gives")
            kind = layer.out.dtype
            same = layer.out.node == after.other.node
            found = ("linear", None) if same else self.late(layer, after.other, layer.z) or function_of(layer.z, a, kind)
            if found:
                layer.function, layer.slope = found
                continue
            dropped = mask_of(layer.z, a)
            if dropped:
                layer.function, layer.mask, layer.keep = dropped

    def late(self, layer, value, z, output=False):
        """The function of a layer whose bias is added to what the function gives."""
        width = z.shape[1]
        for event in self.made.get(value.node, []) if layer.bias is None and len(self.cycles) == 1 else []:
            pair = event.ins if event.op == "Add" and len(event.ins) == 2 else []
            if len(pair) != 2 or not all(isinstance(item, Value) for item in pair):
                continue
            for full, bias in (pair, pair[::-1]):
                a = numbers(full, lambda array: layer.rows(array, width)) if full.size == z.size else None
                found = a is not None and bias.size == width and a.shape == z.shape \
                    and function_of(z, a, layer.out.dtype, output)
                if found and numbers(bias) is not None:
                    layer.late = bias, event.site
                    return found
        return None

    # The output.

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
                and not any(self.targets(events) for _, events in whole):
            raise Unclear("nothing was found that the output is compared with")

    def comparison(self, event, marks):
        """How much an event looks like output against target: smaller is more, None not at all."""
        constant = self.tape.sites[event.site].constant
        if event.op in ("AtSub", "AtAdd"):
            return 0 if event.node in self.ancestors and marks[0] is not None else None
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
        raise Unclear(f"{place.file}:{place.line}  {place.source}  makes a matrix of {' × '.join(map(str, event.out.shape))} entries, one for "
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
        return True

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
        if event.op in ("AtSub", "AtAdd"):
            root = event.ins[0].root
            at = lambda turn: next((value for value in self.tape.values.values()
                                    if value.root is root and value.turn == turn and value.data is not None), None)
            old, new = at(event.node[1] - 1), at(event.node[1])
            if old is None or new is None or old.shape != new.shape:
                return None, None
            p, after = last.rows(old.data, width), last.rows(new.data, width)
            return p, np.round(np.abs(p - after), 9)
        side = 0 if isinstance(event.ins[1], Value) and event.ins[1].node in self.down else 1
        p = numbers(event.ins[1 - side], lambda array: last.rows(array, width))
        other = self.unsigned(event.ins[side]) if event.op in ("Div", "Mult") else event.ins[side]
        return p, np.asarray(other.get() if isinstance(other, Value) else other)

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

    # The loss.

    def answers(self):
        """The targets as rows like those of p; None where they are no numbers of classes."""
        p, y = self.p, self.y
        if y.shape != p.shape and p.shape[1] > 1:
            if not (y == np.round(y)).all() or y.min() < 0 or y.max() >= p.shape[1] + 1:
                return None
            y = np.eye(p.shape[1])[(y - (1 if y.max() == p.shape[1] else 0)).astype(int)]
        return y.reshape(p.shape)

    def divisor(self):
        """What the gradient of the last weights divides inputᵀ·(p − y) by; None where it is no multiple of that."""
        last, y = self.layers[-1], self.answers()
        if last.d_weight is None or last.d_weight.value is None or y is None:
            return None
        right, array = last.input.T @ (self.p - y), last.d_weight.array
        by = multiple(array, right) if array.shape == right.shape else None
        return 1 / abs(by) if by and near(by * right, array, last.out.dtype) else None

    def loss(self):
        """The loss that the program computes, where one of its numbers is one."""
        p, y, self.losses = self.p, self.answers(), []
        if y is None:
            return
        m, k = p.shape
        square = np.sum((p - y) ** 2)
        sums = [("sse", square), ("half-sse", square / 2)]
        for tiny in [0.0, *self.tiny()]:
            with np.errstate(all="ignore"):
                ce = -np.sum(y * np.log(p + tiny))
                others = np.where(y < 1, (1 - y) * np.log(1 - p + tiny), 0)
                bce = -np.sum(np.where(y > 0, y * np.log(p + tiny), 0) + others)
            both = [("bce", bce)] + ([("ce", ce)] if k > 1 else [])
            sums += both[::-1] if self.layers[-1].function == "softmax" else both    # of two classes they are one number
        forms = [(name, reduction, value / by) for name, value in sums for reduction, by in
                 (("sum", 1), ("mean", m), ("mean-all", m * k)) if np.isfinite(value) and value > 0]
        seen = set()
        for event in self.inside:
            for item in [event.out] + event.ins:
                if isinstance(item, Value) and item.number and id(item) not in seen and item.data:
                    seen.add(id(item))
                    for name, reduction, value in forms:
                        if abs(abs(float(item.data)) / value - 1) < 1e-9:
                            self.losses.append((name, reduction, float(abs(item.data)), event))

    def tiny(self):
        """What the program adds so that no logarithm is of 0."""
        added = {item for event in self.inside if event.op == "Add" for item in event.ins if isinstance(item, float)}
        return sorted(item for item in added if 0 < item < 1e-4)[:3]

    # In the person's words.

    def expression(self, chain):
        known = [name for version in chain.versions[self.t:self.t + 2] for key in self.aliases(version)
                 for names in (self.tape.names, self.tape.elements) for _, name in names.get(key, [])]
        lasting = [name for name in known if "[" in name or "." in name]   # not the variable of a loop
        return (lasting or known or [None])[0]

    def aliases(self, version):
        """The keys under which the whole array or this view of it is known."""
        known = [key for names in (self.tape.names, self.tape.elements) for key in names if key[0] == version.root.serial]
        return [version.key] + [key for key in known if key[2:] == version.key[2:]] + known


def one_row(cycle):
    """Whether a pass forward is that of one row; what a number is multiplied with is a column of rows."""
    return lone(cycle[0].other) and cycle[0].op != "Mult"


def going_on(chains):
    """The chains without those that end before another one begins at the same place: networks that were tried once, before
    the training began from new weights."""
    chains, begun = list(chains), {}
    for chain in chains:
        key = chain.first, chain.kind, len(chain.versions)
        begun[key] = max(begun.get(key, 0), chain.seqs[0])
    most = max((len(chain.versions) for chain in chains), default=0)

    def over(chain):
        as_long = range(len(chain.versions), most + 1)
        return any(begun.get((chain.first, chain.kind, length), 0) > chain.last for length in as_long)

    return [chain for chain in chains if not over(chain)]


@functools.lru_cache(maxsize=None)
def chains_of(tape):
    """The chains that matter, which are found once. To be asked after the run, as `story_of` is."""
    return going_on({id(chain): chain for chain in tape.chains.values()}.values())


@functools.lru_cache(maxsize=None)
def story_of(tape, t):
    """The story of an update, which is read once. To be asked after the run, when the tape no longer changes."""
    return Story(tape, t)
