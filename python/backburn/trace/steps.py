"""Steps: which array of the program is the gradient, and what the update made of it.

The step of a parameter is what was added to it. A gradient is an array that the step is a fixed multiple of, and the
multiple is the rate and the sign, so nobody has to say `-=` or `+=`. Where no array is such a multiple, what optimizers
make of a gradient is tried (`updates`).
`Story` inherits this class: it is the half of the story that looks backward.
"""
import numpy as np

from .functions import EXACT, gap
from .layer import Gradient, Multiples, close, numbers, rounding
from .tape import LINEAR, PRODUCTS, ROUNDED
from .updates import Updates
from .value import Value

MOST_TIMES = 8             # that one parameter is updated in a pass
MOST_SUMMANDS = 2_000      # of a sum over rows are looked at


class Steps(Updates):
    """The backward half of a story: the gradient of every parameter, its rate and the rule of its update."""

    def gradients(self):
        self.sizes, self.numbers_seen = {}, []
        for event in self.inside:
            if event.out is not None and event.out.number:
                self.numbers_seen.append(event.out)
            for item in [*event.ins, event.out]:
                if isinstance(item, Value) and item.size:
                    self.sizes.setdefault(item.size, {})[item.key if not item.number else id(item)] = item
        self.constants, self.route, self.errors, self.repeated = None, None, self.made_of_error(), {}
        self.signless = self.lengths()
        self.no_gradients = self.above(self.compared_at) - self.compared_at      # what the error was made of
        self.share = None                        # of a velocity that did not begin at zero
        for layer in self.layers + self.layers:  # twice: what Adam's constants are is known after the first round
            if layer.d_weight is not None and (self.constants is None or layer.d_weight.rule == "adaptive"):
                continue
            layer.d_weight = self.gradient(layer.w0, layer.w1, layer.weight, layer.chain)
            if layer.b1 is not None:
                shape = np.shape(layer.b0)
                flat = lambda array, shape=shape: np.asarray(array, dtype=float)
                layer.d_bias = self.gradient(np.asarray(layer.b0, float), np.asarray(layer.b1, float), flat, layer.bias)
        for layer in self.layers:
            layer.d_weight = self.without_signs(layer, self.unclipped(layer.d_weight, layer.weight, layer.chain))
            layer.d_bias = self.unclipped(layer.d_bias, lambda array: np.asarray(array, dtype=float), layer.bias)
        found = [g for layer in self.layers for g in (layer.d_weight, layer.d_bias) if g is not None]
        rates = [g.rate for g in found if g.rate is not None]
        weights = [layer.d_weight.rate for layer in reversed(self.layers) if layer.d_weight is not None and layer.d_weight.rate]
        # The rate that most parameters share; of several that of the last weight.
        self.rate = max(weights + rates, key=lambda one: sum(close(one, other) for other in rates), default=None)
        counts = self.counts()
        for g in found:
            if g.rate is not None and self.rate and not close(g.rate, self.rate):
                if any(close(self.rate / g.rate, count) or close(g.rate / self.rate, count) for count in counts):
                    by = g.rate / self.rate      # 1/m was taken for a part of the rate
                    g.array, g.multiple, g.rate = g.array * by, g.multiple / by, self.rate
            if g.rate is not None and self.rate and close(g.rate, 1.0) and self.holds(g, self.rate):
                g.array, g.multiple, g.rate = g.array / self.rate, g.multiple * self.rate, self.rate
        self.one_sign([(layer.d_weight, 1) for layer in self.layers] + [(layer.d_bias, layer.bias_sign) for layer in self.layers])

    def one_sign(self, gradients):
        """Writes all gradients as the update of most parameters takes them, added or subtracted; of as many of both, as that of
        the last weight does. An update that does otherwise has its gradient turned, and it is kept that it has."""
        gradients = [(g, turned) for g, turned in gradients if g is not None]
        signs = [float(np.sign(g.multiple) * turned) for g, turned in gradients]
        last = next((np.sign(layer.d_weight.multiple) for layer in reversed(self.layers) if layer.d_weight), -1.0)
        sign = np.sign(sum(signs)) or last
        self.update = "-=" if sign < 0 else "+="
        for (g, turned), own in zip(gradients, signs):
            if own != sign:
                g.array, g.multiple, g.turned = -g.array, -g.multiple, True
            g.multiple *= turned                 # of a threshold t the bias is -t

    def holds(self, g, rate):
        """Whether the rate of other gradients was multiplied into something that only this one is made of, the error or what
        the error was multiplied with."""
        mine = self.above([g.value.node]) - self.no_gradients if g.value is not None and not close(rate, 1.0) else set()
        scaled = {event.node for event in self.inside if event.op == "Mult" and event.node in mine
                  and any(isinstance(one, (int, float)) and close(abs(one), rate) for one in event.ins)}
        factors = [{item.node for item in event.ins if isinstance(item, Value)} for event in self.inside
                   if event.node in mine and event.op in ("Mult", "MatMult", *PRODUCTS)]
        return bool(scaled & self.errors) or any(scaled & factor and factor & self.errors for factor in factors)

    def counts(self):
        """Numbers that stand for a mean: of rows, of outputs, of both, of a square."""
        m, k = len(self.p), self.p.shape[1]
        return {float(n) for n in (m, m * k, k, 2, 2 * m, 2 * m * k, m / 2, m * k / 2, 1, len(self.layers[0].w0))}

    def gradient(self, before, after, layout, chain, carried=0.0):
        """The array of the program that the step from `before` to `after` is a multiple of, less what is `carried` over
        from before this update."""
        if after is None or before is None:
            return None
        step = (after - before) / self.times(chain) - carried
        still = np.abs(step).max(initial=0) <= 8 * np.finfo(float).eps * np.abs(before).max(initial=0)
        if still and (step.size == 1 or chain.kind == "b") and (summed := self.summed(chain)):
            return summed
        if not np.isfinite(step).all() or not step.any():
            if not np.isfinite(step).all():
                self.said.append(("step-not-finite", self.expression(chain)))
            return None
        slack = max(EXACT, rounding(before, step, chain.versions[0].dtype))
        found, loose, own = [], [], {version.node for version in chain.versions}
        items = list(self.sizes.get(step.size, {}).values())
        multiples = Multiples(step, min(slack, 0.01))
        for item in items[-1500:]:
            for array in self.laid(item, step.shape, layout):
                c = multiples.of(array)
                if c is not None:
                    found.append((item, array, c))
                    break
                if item.node not in own:
                    loose.append((item, array))
        found = [f for f in found if f[0].node in self.ancestors and f[0].node != chain.versions[self.t + 1].node] or found
        way = self.way(chain)
        if step.size > 1 and step.all() and np.ptp(step) <= slack * abs(step).max():
            single = [(value, np.ravel(value.get())) for value in self.sizes.get(1, {}).values()
                      if value.node in way and value.get() is not None]
            found += [(value, np.full(step.shape, float(one[0])), float(step.flat[0] / one[0])) for value, one in single if one[0]]
        found = [f for f in found if f[0].node in way] if way else found
        found = [f for f in found if f[0].node not in self.no_gradients] or found
        found = self.complete([f for f in found if f[0].node in self.errors] or found)
        whole = self.shortened(found) or all(close(abs(c), 1.0) for _, _, c in found)
        if self.route is not None and whole:
            special = self.alike(step, layout, chain)
            if special is not None:
                return special
        if found and whole:
            special = self.adaptive(step, loose, chain)
            if special is not None:
                return special
        velocity = None if np.any(carried) else self.begun(step, items, layout, chain, way, slack)
        if velocity is not None:
            return self.gradient(before, after, layout, chain, velocity)
        if found:
            return self.chosen(sorted(found, key=lambda f: f[0].seq))
        known = self.adaptive(step, loose, chain) or self.decayed(step, loose, before, after, slack)
        return known or self.route is not None and self.adaptive(step, loose, chain, own=True) or self.bare(step, chain)

    def complete(self, found):
        """Without sums to which more was added later: where rows repeat, a part of a sum is a multiple of the whole."""
        last = {}
        for value, *_ in found:
            last[value.root.serial] = max(value.turn, last.get(value.root.serial, 0))
        added = lambda serial, turn: any(event.op in ("Add", "Sub") for event in self.made.get((serial, turn), []))
        later = lambda value: range(value.turn + 1, last[value.root.serial] + 1)
        return [f for f in found if not any(added(f[0].root.serial, turn) for turn in later(f[0]))]

    def way(self, chain):
        """What the step was made of by adding, turning and scaling alone: of a single row, everything is a multiple of
        everything, and only the way it was made tells what the gradient is."""
        start, after = chain.versions[self.t], chain.versions[self.t + 1].node
        before = start.node
        old = lambda one: one.node == before if isinstance(one, Value) else start.number and one is start.data
        seen, waiting, updated = set(), [after], None
        while waiting:
            for event in self.made.get(waiting.pop(), []):
                # Where the parameter was first met on the way back it was updated, elsewhere it made an output.
                updated = updated or (event.node if any(old(one) for one in event.ins) else None)
                linear = event.op in ("Add", "Sub", "Neg", "AtAdd", "AtSub", "Store") or event.op in LINEAR or event.op in ROUNDED
                for side, item in enumerate(event.ins):
                    if not isinstance(item, Value) or item.node in seen or item.node == before:
                        continue
                    rest = [other for other in event.ins if other is not item]
                    fixed = all(not isinstance(other, Value) or other.number and other.node not in self.down for other in rest)
                    scaled = fixed and (event.op == "Mult" or event.op == "Div" and side == 0)
                    # Of a sum of two single numbers neither is a multiple, unless the other is zero.
                    other = [one for one in rest if not (old(one) and event.node == updated)]
                    alone = event.op in ("Add", "Sub") and item.size == 1 and any(np.any(numbers(one)) for one in other)
                    if (linear or scaled) and not alone:
                        seen.add(item.node)
                        waiting.append(item.node)
        return seen

    def summed(self, chain):
        """The single number that moved a parameter by no more than rounding: the entries of a softmax less its targets add
        up to nothing."""
        way = self.way(chain)
        summed = [value for value in self.numbers_seen if value.node in way]
        if not summed:
            return None
        named = next((value for value in reversed(summed) if self.tape.names.get(value.key)), summed[-1])
        return Gradient(named, np.full((1, 1), float(named.data)), -1.0, None, "sgd", summed[0])

    def laid(self, item, shape, layout):
        """The ways to read a value as an array of this shape."""
        raw = item.get()
        raw = np.asarray(raw) if item.number else raw
        if raw is None or raw.dtype.kind != "f" and raw.dtype.kind not in "iu":
            return
        for turned in (raw, raw.T):
            array = layout(turned)
            if array is not None and array.shape != shape and array.size == np.prod(shape) and (array.ndim < 2 or 1 in array.shape):
                array = array.reshape(shape)
            if array is not None and array.shape == shape and np.isfinite(array).all() and array.any():
                yield array
            if raw.ndim < 2:
                return

    def chosen(self, found):
        """Of arrays that are multiples of one another, the one that the person calls the gradient, and the rate."""
        factors, last = [], found[0]
        for item, array, c in found[1:]:
            size = abs(last[2] / c)
            if not close(size, 1.0):
                factors.append(self.factor(size, item.node))
                last = (item, array, c)
        if not close(abs(last[2]), 1.0):
            factors.append(self.factor(abs(last[2]), None))
        bare = not factors or all(close(size, 1.0) for pair in factors for size in pair)
        inner = self.inner(found[0][0], bare)    # the rate, if it stands inside the product
        if factors and inner == 1.0 and all(close(rate, 1.0) for _, rate in factors):
            count, rate = factors[-1]            # a last factor of 2 or ½ is a rate, if no other looks like one
            if close(count, 2.0) or close(count, 0.5):
                factors[-1] = (1.0, count * rate)
        count = float(np.prod([count for count, _ in factors])) / inner
        rate = float(np.prod([rate for _, rate in factors])) * inner
        total = abs(found[0][2])
        wanted = [f for f in found if close(total / abs(f[2]), count)]
        best = next((f for f in wanted if self.tape.names.get(f[0].key)), None) or (wanted or [found[0]])[0]
        item, array, c = best
        origin = next(first for first, _, same in found if close(abs(same), abs(c)))
        if item.size == 1 and array.size > 1:       # a gradient that was summed over everything
            array = array.reshape(-1)[:1].reshape(1, 1)
        scale = count / (total / abs(c))
        if abs(scale - 1) < 1e-6:
            scale = 1.0
        return Gradient(item, array * scale, c / scale, rate, "sgd", origin)

    def inner(self, item, bare):
        """Where the rate was multiplied into a factor of the product: (0.1 · x') · delta. What a layer receives was scaled
        for the forward pass, as dropout does, and what dropout scales on the way back is no rate either. Of a bare step,
        which nothing outside scales, the rate may stand in the error wherever that was made."""
        received = {layer.other.node for cycle in self.cycles for layer in cycle}
        kept = [size for layer in self.layers if layer.keep for size in (layer.keep, 1 / layer.keep)]
        inputs = {layer.other.root.serial for cycle in self.cycles for layer in cycle}
        for event in self.summands(item.node):
            for operand in event.ins[:2]:
                if isinstance(operand, Value) and (operand.node in received or bare and operand.node in self.errors):
                    continue
                for made in self.made.get(operand.node, []) if isinstance(operand, Value) else []:
                    scalars = [number for number in made.ins if isinstance(number, (int, float)) and number]
                    if made.op in ("Mult", "Div") and len(scalars) == 1 and len(made.ins) == 2 and not counted(made.op, scalars[0]):
                        size = abs(scalars[0]) if made.op == "Mult" else 1 / abs(scalars[0])
                        given = any(isinstance(one, Value) and one.root.serial in inputs for one in made.ins)
                        if not given and any(close(size, own) for own in kept):
                            continue
                        count, rate = self.factor(size, operand.node)
                        return rate
        return self.within(item.node, kept) if bare else 1.0

    def within(self, node, kept):
        """The rate that stands in the error which a node is made of: each number that the error was multiplied with on its way
        from the comparison with the targets, once, unless it is a count."""
        mine, rates = self.above([node]), {}
        for event in self.inside:
            error = next((one for one in event.ins if isinstance(one, Value) and one.node in self.errors), None)
            scalars = [abs(one) for one in event.ins if isinstance(one, (int, float)) and one]
            if event.op in ("Mult", "Div") and error is not None and len(scalars) == 1 and event.node in mine and not counted(event.op, scalars[0]):
                size = scalars[0] if event.op == "Mult" else 1 / scalars[0]
                if not any(close(size, own) for own in kept):
                    rates[event.op, f"{size:.9g}"] = self.factor(size, event.node)[1]
        return float(np.prod(list(rates.values())))

    def made_of_error(self):
        """The nodes that are the error of the output, or made of it, in this update."""
        found = set(self.compared_at)
        for event in self.inside:
            if any(isinstance(item, Value) and item.node in found for item in event.ins):
                found.add(event.node)
        return found

    def summands(self, node):
        """The products that a node is, or of which it is the sum."""
        found, seen, waiting = [], {node}, [node]
        while waiting and len(seen) < MOST_SUMMANDS:
            for event in self.made.get(waiting.pop(), []):
                if event.op in PRODUCTS or event.op in ("MatMult", "Mult"):
                    found.append(event)
                elif event.op in ("Add", "Sub", "AtAdd", "AtSub"):
                    terms = {item.node for item in event.ins if isinstance(item, Value)} - seen
                    waiting, seen = waiting + list(terms), seen | terms
        return found

    def factor(self, size, node):
        """A factor on the way from an array to the step as (count, rate): 2/m is a count, 0.1 a rate, 0.1/m is both."""
        scalars = [(event.op, abs(float(item))) for event in self.made.get(node, []) for item in event.ins
                   if isinstance(item, (int, float, np.number)) and item]
        counts = self.counts()
        among = lambda number: next((n for n in counts if close(abs(float(number)), n)), None)
        if any(op == "Div" and close(1 / by, size) and among(by) and by != 1 for op, by in scalars):
            return size, 1.0
        if close(size, 2.0):
            return size, 1.0
        if any(close(by, size) for _, by in scalars) and not self.composed(size, node):
            return 1.0, size                     # 0.01 that only happens to be 1/m
        op, left, right = self.quotient(size)
        if op == "Div" and right and among(right) and abs(right) != 1:
            own = 1.0 if abs(left) in (1, 2, 0.5) else abs(float(left))
            return size / own, own
        if op == "Mult":
            for one, other in ((left, right), (right, left)):
                count, rate = self.factor(abs(float(one)), None) if self.quotient(one)[0] == "Div" else (1.0, abs(float(one)))
                if count != 1.0:
                    return count, rate * abs(float(other))
        return 1.0, size

    def composed(self, size, node):
        """Whether the number that a value was multiplied by is one that the program made of others."""
        own = [item for event in self.made.get(node, []) for item in event.ins
               if isinstance(item, float) and close(abs(item), size)]
        return not own or any(id(item) in self.tape.composed for item in own)

    def quotient(self, size):
        """How the program made a number of other numbers."""
        return next((made for number, made in self.tape.quotients.items() if close(abs(number), abs(size))), (None, 0, 0))

    def times(self, chain):
        """How often the same step is added in one update; a layer may be updated at two places, each of them enough."""
        start, here, steps = chain.versions[self.t], chain.versions[self.t + 1], []
        while here.node != start.node and len(steps) < MOST_TIMES:
            event = next((one for one in self.made.get(here.node, []) if one.op in ("Add", "Sub", "AtAdd", "AtSub")), None)
            old = event.ins[0] if event is not None and event.ins else None
            if not isinstance(old, Value) or old.shape != here.shape or numbers(old) is None or numbers(here) is None:
                return 1
            steps.append(numbers(here) - numbers(old))
            here = old
        same = len(steps) > 1 and here.node == start.node and all(gap(one, steps[0]) < EXACT for one in steps)
        known = start.size > 1 or any(count == len(steps) for _, count in self.repeated.values())
        if not same or not known or not steps[0].any():
            return 1
        self.repeated.setdefault(id(chain), (self.last_site(chain.versions[self.t + 1].node), len(steps)))
        return len(steps)

    def bare(self, step, chain):
        """No array is a multiple of the step, as where a parameter is changed entry by entry: the step itself, without the rate
        that the error was multiplied with on its way."""
        rate = self.within(chain.versions[self.t + 1].node, [])
        return Gradient(None, -step / rate, -rate, rate if rate != 1.0 else None, "step")


def counted(op, number):
    """Whether an error is divided by a whole number, which counts something, if only wrongly, and is no rate."""
    return op == "Div" and number > 1 and number == int(number)
