"""A story: what every array was in one update of the parameters, read off the tape after the run.

- A parameter is an array that is used in a product x·W, or added to one, and that the same place of the program later
  uses with something of the program's own added to it.
- A layer is where x·W appears; its function, the loss and the mask of a dropout are found by computing them again.
- x is what the first layer is multiplied with, y what the output is compared with (`output.py`).
- The gradients are found by `steps.py`.

What cannot be proved raises `Unclear`, and the reason is what the person is told.
"""
import functools

import numpy as np

from .biases import Biases
from .functions import function_of, mask_of, near
from .layer import Fault, Layer, Unclear, multiple, numbers, part_of
from .output import Output
from .parameters import lone
from .steps import Steps
from .tape import PRODUCTS, ROUNDED
from .value import Value


class Story(Biases, Output, Steps):
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
        self.no_whole_numbers()
        self.data_first()
        self.preactivations()
        self.output()
        self.inputs()
        self.functions()
        self.weighted()
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
            self.of_this_pass()
            mine = cycles if one_row(cycles[0]) else cycles[-1:]
        again = len(mine) > 1 and len({cycle[0].other.key for cycle in mine}) == 1      # one row that is given twice
        if again or not all(one_row(cycle) for cycle in mine):
            mine = mine[-1:]
        return mine

    def no_whole_numbers(self):
        """Makes sure that no parameter is an array of whole numbers, to which something else is added."""
        whole = {chain.versions[0].root.serial: chain for chain in self.weights + self.biases
                 if not chain.versions[0].number and chain.versions[0].dtype.kind == "i"}
        for event in self.tape.events if whole else []:
            chain = whole.get(event.node[0])
            if chain is not None and event.seq > self.start and any(map(fraction, event.ins)):
                place, name = self.tape.sites[event.site], self.expression(chain)
                raise Fault(f"{place.file}:{place.line}  {place.source}  cuts each step at the decimal point, since {name} is an array of "
                            f"whole numbers; begin with {name} = np.array(…, dtype=float)")

    def of_this_pass(self):
        """Makes sure that the step, of which no output of this update is a part, is not made of one before it, as where a
        velocity is used before it takes up the new gradient."""
        own = {version.root.serial for chain in self.weights + self.biases for version in chain.versions}
        early = [node for node in self.ancestors & self.tape.tainted if node not in self.made and node[0] not in own]
        if early:
            raise Unclear("a step is made of what the update before it has left")

    def data_first(self):
        """Makes sure that the first layer receives data, and nothing that the parameters made: an error on its way back is no x."""
        first = self.layers[0]
        moved = [chain for chain in self.weights + self.biases if chain.versions[self.t + 1].node in self.made]
        seen, parameters = {first.other.node}, {known.node for chain in moved for known in chain.versions}
        products = []
        for event in reversed(self.tape.events if first.other.node in self.tape.tainted else []):
            if event.node in seen and event.seq < first.event.seq:
                # Not what the memory held before.
                seen |= {item.node for item in event.ins if isinstance(item, Value) and (item.shape or item.number)}
                products += [event] if event.op in PRODUCTS or event.op == "MatMult" else []
        changed = {}                             # also what is changed in place and is no chain
        for serial, turn in self.tape.tainted if products else ():
            changed[serial] = max(turn, changed.get(serial, 0))
        if seen & parameters or any(changed.get(serial, 0) > turn for serial, turn in seen - self.tape.tainted):
            place = self.tape.sites[first.event.site]
            raise Unclear(f"the first product of a parameter with data that was seen, {place.file}:{place.line}  {place.source}, "
                          "is one of what other parameters made; those before it are not read")
        sites = [event.site for event in self.tape.events if event.op in PRODUCTS or event.op == "MatMult"]
        again = next((event.site for event in products if sites.count(event.site) > 1), None)
        if again is not None:
            place = self.tape.sites[again]
            self.said.append(("unread-product", f"what layer 1 is given was made by {place.file}:{place.line}  {place.source}, whose arrays "
                              "nothing was seen to update; it is not checked"))

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
            layer.w1 = numbers(self.unrounded(layer.chain), layer.weight)
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
            several = layer.input.shape[1] > 1 and len(layer.input) > 1
            if constant and several or len(constant) == 1 and number > 0:
                # Of several, such as a feature that is 1 in every row, that of the bias stands at an end.
                layer.ones = int(constant[0] if constant[0] == 0 else constant[-1])
            layer.b0 = layer.b1 = None
            if layer.bias is not None:
                layer.b0 = numbers(layer.bias.versions[self.t if len(layer.bias.versions) > self.t else 0])
                if len(layer.bias.versions) > self.t + 1:
                    layer.b1 = numbers(self.unrounded(layer.bias))
                else:
                    self.said.append(("bias-not-updated", f"b{number + 1}"))
                self.one_bias(number, layer)

    def unrounded(self, chain):
        """A parameter after its update, before it was rounded."""
        after = chain.versions[self.t + 1]
        before = next((event.ins[0] for event in self.made.get(after.node, []) if event.op in ROUNDED and isinstance(event.ins[0], Value)), after)
        if before is not after:
            self.said.append(("rounded", f"{self.expression(chain)} is rounded in each step; what it was before is judged"))
        return before

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
                (layer.function, layer.slope), layer.mask, layer.keep = dropped

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
        # Sums that grow where they were made are no whole ones.
        seen = {id(item) for event in self.inside for item in event.ins if event.op in ("Add", "Sub")
                and isinstance(item, Value) and item.number and item.made == event.site}
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


def fraction(item):
    """Whether something holds a number that is no whole one."""
    array = numbers(item, np.asarray) if isinstance(item, (Value, float, np.floating)) else None
    return array is not None and array.dtype.kind == "f" and bool(np.any(array % 1))


def one_row(cycle):
    """Whether a pass forward is that of one row; what a number is multiplied with is a column of rows."""
    return lone(cycle[0].other) and cycle[0].op != "Mult"


def going_on(chains):
    """The chains without those that end before another one begins at the same place, or before any other of as many updates:
    networks that were tried once, before the training began from new weights."""
    chains, begun = list(chains), {}
    for chain in chains:
        key = chain.first, chain.kind, len(chain.versions)
        begun[key] = max(begun.get(key, 0), chain.seqs[0])
    most = max((len(chain.versions) for chain in chains), default=0)
    # When the last weights began that were updated as often, by the number of their versions.
    last = {length: max((chain.seqs[0] for chain in chains if chain.kind == "W" and len(chain.versions) >= max(2, length)), default=0)
            for length in range(1, most + 1)}

    def over(chain):
        as_long = range(len(chain.versions), most + 1)
        ended = max(chain.last, chain.versions[-1].seq)
        return last[len(chain.versions)] > ended or any(begun.get((chain.first, chain.kind, length), 0) > chain.last for length in as_long)

    return [chain for chain in chains if not over(chain)]


@functools.lru_cache(maxsize=None)
def chains_of(tape):
    """The chains that matter, which are found once. To be asked after the run, as `story_of` is."""
    return together(going_on({id(chain): chain for chain in tape.chains.values()}.values()))


def together(chains):
    """The chains, of which all begin in the pass that weights were first seen in: these may have been a list before, in which a bias
    had its first update already."""
    moved = [chain.seqs for chain in chains if chain.kind == "W" and len(chain.versions) > 1]
    first, second = (min((seqs[n] for seqs in moved), default=0) for n in (0, 1))
    for chain in chains:
        while len(chain.versions) > 2 and chain.seqs[0] < first and chain.seqs[1] < second:
            for known in (chain.versions, chain.seqs, chain.uses):
                del known[0]
    return chains


@functools.lru_cache(maxsize=None)
def story_of(tape, t):
    """The story of an update, which is read once. To be asked after the run, when the tape no longer changes."""
    return Story(tape, t)
