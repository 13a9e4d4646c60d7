"""Updates: what an optimizer makes of a gradient, where the step is no multiple of it.

Adam's first step, and RMSprop's and Adagrad's, which all are g / (|g| + ε) times a rate; weight decay inside the step; a
velocity that was there before the first update. Each is found by the arithmetic of the numbers alone. `Steps` inherits
this class and asks it where no array of the program is a multiple of the step.
"""
import numpy as np

from .functions import EXACT, gap
from .layer import Gradient, multiple, numbers
from .tape import LINEAR, PRODUCTS
from .value import Value

ADDED = {"Add", "Sub", "Neg", "AtAdd", "AtSub", "Store"}


class Updates:
    """The forms of a step that are no multiple of a gradient."""

    def taken(self, chain, node):
        """The operations from a parameter's new value back to a node, the last first, as (operation, operand)."""
        start = chain.versions[self.t + 1].node
        ways, waiting = {start: ()}, [start]
        for here in waiting:
            if here == node:
                return ways[here]
            for event in self.made.get(here, []):
                for side, item in enumerate(event.ins):
                    if isinstance(item, Value) and item.node not in ways:
                        ways[item.node] = (*ways[here], (event.op, side))
                        waiting.append(item.node)
        return None

    def alike(self, step, layout, chain):
        """The array that plays the part for this parameter that the gradient plays for one whose rule is known.

        Where ε is small, every array of the right signs gives Adam's first step, and of one number almost any does.
        """
        slope, shift = self.constants
        values = {chain.versions[self.t + 1].node: None}
        for op, side in self.route:
            events = [event for node in values for event in self.made.get(node, []) if event.op == op]
            values = {event.ins[side].node: event.ins[side] for event in events
                      if side < len(event.ins) and isinstance(event.ins[side], Value)}
        for value in values.values():
            for g in self.laid(value, step.shape, layout) if value is not None and value.size == step.size else []:
                live = (np.abs(g) > 1e-12 * np.abs(g).max()) & (step != 0)
                ratio, size = g[live] / step[live], np.abs(g[live])
                if live.any() and np.ptp(np.sign(ratio)) == 0 and self.alike_in_length(np.abs(ratio), size):
                    return Gradient(value, g, np.sign(ratio[0]), None, "adaptive")
        return None

    def alike_in_length(self, ratio, size):
        """Whether what a step is shorter by follows the constants that are known, but for one factor, or for one each where
        every parameter counts on what the one before it counted: then α and ε are corrected by other numbers."""
        slope, shift = self.constants
        expected = slope * size + shift
        scale = np.median(ratio / expected)
        if scale and gap(scale * expected, ratio) < 1e-5:
            return True
        if np.ptp(size) <= 1e-6 * size.max():
            return False
        own, more = np.polyfit(size, ratio, 1)
        known = abs(shift / slope / self.share_of_first)
        small = abs(more / own) <= 10 * known + 1e-6 * size.max()
        return bool(small and own > 0 and gap(own * size + more, ratio) < 1e-6)

    def adaptive(self, step, loose, chain, own=False):
        """Adam's first step, RMSprop's and Adagrad's: −α g / (|g| + ε), with one α and ε for all parameters, or with their
        `own` for this one, as where each parameter counts on what the one before it counted."""
        mine = self.above([chain.versions[self.t + 1].node])     # of another parameter the step may be as good a multiple
        mine = mine if any(item.node in mine for item, _ in loose) else self.ancestors
        for item, g in sorted(loose, key=lambda pair: -pair[0].seq):
            live = (np.abs(g) > 1e-12 * np.abs(g).max()) & (step != 0)
            if item.node not in mine or item.node in self.signless or not live.any() or live.sum() < 0.5 * np.count_nonzero(g):
                continue
            ratio, size = g[live] / step[live], np.abs(g[live])
            if not (np.sign(ratio) == np.sign(ratio[0])).all():
                continue
            if (self.constants is None or own) and live.sum() > 3 and np.ptp(size) > 1e-6 * size.max():
                slope, shift = np.polyfit(size, np.abs(ratio), 1)
                fits = gap(slope * size + shift, np.abs(ratio)) < 1e-6
                if fits and abs(shift) < 0.5 * slope * size.max():
                    first = self.first_of(item, g, turned=True)
                    if self.constants is None:
                        self.constants, self.route = (slope, shift), self.taken(chain, first[0].node)
                        self.share_of_first = abs(multiple(g, first[1]) or 1.0)
                    return Gradient(*first, np.sign(np.vdot(first[1], step)), None, "adaptive")
            elif self.constants is not None:
                slope, shift = self.constants
                # Of Adam's average m and the gradient itself only α differs, by 1 − β.
                scale = np.median(np.abs(ratio) / (slope * size + shift))
                if abs(scale - 1) < 1e-6 and gap(slope * size + shift, np.abs(ratio)) < 1e-5:
                    first = self.first_of(item, g, turned=True)
                    return Gradient(*first, np.sign(np.vdot(first[1], step)), None, "adaptive")
        return None

    def decayed(self, step, loose, before, after, slack):
        """A step with weight decay in it: α g + β W. Two numbers are such a sum of any g."""
        if step.size < 3:
            return None
        for item, g in sorted(loose, key=lambda pair: -pair[0].seq):
            if item.node in self.ancestors and before.any() and gap(g, after) > 1e-3 and gap(g, before) > 1e-3:
                (a, b), *_ = np.linalg.lstsq(np.stack([g.ravel(), before.ravel()], axis=1), step.ravel(), rcond=None)
                if a and gap(a * g + b * before, step) < slack and abs(b) * np.abs(before).max() > 1e-9 * np.abs(step).max():
                    self.said.append(("decay", float(-b / abs(a))))
                    return Gradient(*self.first_of(item, g), a, abs(a), "decay")
        return None

    def unclipped(self, g, layout, chain):
        """A gradient as it was before it was clipped, or made shorter by a number that its own length decided."""
        known = g is not None and g.value is not None and not g.value.number
        for event in self.made.get(g.value.node, []) if known else []:
            values = [item for item in event.ins if isinstance(item, Value)]
            own = any(item.number and self.made.get(item.node) for item in values)
            before = next((item for item in values if item.size == g.array.size and item.shape), None)
            if before is None or before.node in self.no_gradients or event.op != "clip" and not (event.op in ("Mult", "Div", "AtMult", "AtDiv") and own):
                continue
            pair = [next(self.laid(item, g.array.shape, layout), None) for item in (before, g.value)]
            whole = None if any(array is None for array in pair) else multiple(g.array, pair[1])
            if whole:
                self.said.append(("clipped", f"the gradient of {self.expression(chain)} is made smaller before it is used; "
                                  "what it was before is judged"))
                if event.op == "clip":
                    return Gradient(before, whole * pair[0], g.multiple, g.rate, g.rule, before)
                # What shortens a gradient was taken for a part of the rate.
                return Gradient(before, pair[0], whole * g.multiple, abs(whole * g.multiple), g.rule, before)
        return g

    def without_signs(self, layer, g):
        """A gradient without the penalty Σ|W|, which adds the signs of the weights to it."""
        signs = np.sign(layer.w0)
        known = g is not None and g.value is not None and signs.any()
        for event in self.made.get(g.value.node, []) if known else []:
            pair = [item for item in event.ins if isinstance(item, Value)]
            arrays = [next(self.laid(item, signs.shape, layer.weight), None) for item in pair]
            if event.op not in ("Add", "Sub") or len(pair) != 2 or any(array is None for array in arrays):
                continue
            arrays[1] = arrays[1] if event.op == "Add" else -arrays[1]
            for term, penalty, value in (*arrays, pair[0]), (*arrays[::-1], pair[1]):
                by, whole = multiple(penalty, signs), multiple(g.array, term + penalty)
                if by and whole and gap(by * signs, penalty) < EXACT and gap(term, penalty) > EXACT:
                    done = "added to" if by * whole > 0 else "taken off"
                    self.said.append(("l1", f"{abs(by):.6g} * np.sign({self.expression(layer.chain)}) is {done} its gradient, as a "
                                      "penalty on the sum of absolute values adds it; the rest is judged"))
                    return Gradient(value, whole * term, g.multiple, g.rate, g.rule, value)
        return g

    def begun(self, step, items, layout, chain, way, slack):
        """What a step has of a velocity that does not begin at zero: β v of α g + β v, where v was there before this update
        and the step was made of both by adding and scaling alone."""
        own = {version.root.serial for version in chain.versions}
        old = [item for item in items if item.node in way and item.node not in self.made and item.root.serial not in own]
        new = [item for item in items if item.node in way and item.node in self.made and item.node not in self.no_gradients]
        for v in (v for velocity in old for v in self.laid(velocity, step.shape, layout)):
            if step.size < 3 and self.share is not None:
                return self.share * v            # too few numbers to tell two shares apart
            for g in (g for item in new for g in self.laid(item, step.shape, layout)):
                terms = np.stack([g.ravel(), v.ravel()], axis=1)
                (a, b), _, rank, _ = np.linalg.lstsq(terms, step.ravel(), rcond=None)
                if step.size > 2 and rank == 2 and EXACT < abs(b) < 2 and gap(a * g + b * v, step) < slack:
                    self.share = float(b)
                    return b * v
        return None

    def lengths(self):
        """The nodes that are squares, roots or lengths, or made of nothing else: no gradient is, since it has a sign."""
        found, shares = set(), set()             # shares of what was there before, and has no sign either
        for event in self.inside:
            values = [item for item in event.ins if isinstance(item, Value)]
            old = [item.node not in self.made and item.get() is not None and np.all(item.get() >= 0) for item in values]
            if event.op in ("Mult", "Div") and old == [True]:
                shares.add(event.node)
            own = [item for item in values if item.node in found]
            square = event.op == "Mult" and len(values) == 2 and values[0].node == values[1].node
            # What an average of squares was before may be added.
            rest = [item.node in shares or plain for item, plain in zip(values, old) if item.node not in found]
            kept = own and event.op in ("Add", "Mult", "Div", "AtAdd", "Store", "maximum") and all(rest)
            if event.op in ("Pow", "sqrt", "square", "abs", "absolute", "fabs") or square or kept:
                found.add(event.node)
        return found

    def is_product(self, value):
        """Whether an array was made of this pass's error as gradients are: a product with it, or a sum of it, which nothing but
        adding and scaling has changed since."""
        seen, waiting = {value.node}, [value.node]
        while waiting:
            here = waiting.pop()
            if here in self.compared_at:
                return True
            for event in self.made.get(here, []):
                values = [item for item in event.ins if isinstance(item, Value)]
                mine = [item for item in values if item.node in self.errors]
                if event.op in ("MatMult", "Mult", *PRODUCTS) and len(values) == 2 and len(mine) == 1:
                    return True
                fixed = all(item.number or item in mine for item in values)
                if event.op in ADDED or event.op in LINEAR or event.op in ("Mult", "Div") and fixed:
                    waiting += [item.node for item in mine if item.node not in seen]
                    seen |= {item.node for item in mine}
        return False

    def shortened(self, found):
        """Whether the first of the arrays that the step is a multiple of was divided by one that has no sign, entry by entry, or is
        nothing but signs."""
        first = min(found, key=lambda f: f[0].seq)[0] if found else None
        return first is not None and any(
            event.op == "sign" and first.size > 1 or event.op == "Div" and isinstance(event.ins[1], Value) and event.ins[1].size == first.size > 1
            and event.ins[1].node in self.signless for event in self.made.get(first.node, []))

    def first_of(self, item, g, turned=False):
        """What the program calls the gradient of the arrays that `g` is a positive multiple of, or a negative one where it may be
        `turned`: the first with a name, before an average takes its share of it; m of Adam is 0.1 of the gradient."""
        found = []
        for value in sorted(self.sizes.get(g.size, {}).values(), key=lambda value: value.seq):
            raw = value.get()
            if raw is None or value.node not in self.ancestors or value.node in self.no_gradients or raw.dtype.kind != "f":
                continue
            for laid in (raw, raw.T):
                c = multiple(g, laid) if laid.shape == g.shape else None
                if c is not None and (c > 0 or turned and g.size > 1) and gap(c * laid, g) < 1e-9:
                    found.append((value, np.asarray(laid, dtype=float)))
                    break
        average = next((n for n, (value, _) in enumerate(found) if self.averaged(value)), len(found))
        fresh = found[:average] or found
        known = [pair for pair in fresh if self.tape.names.get(pair[0].key) or self.tape.elements.get(pair[0].key)]
        given = [pair for pair in fresh if average < len(found) and pair[0].node in self.shared(found[average][0])]
        same = [pair for pair in known if given and gap(pair[1], given[-1][1]) < EXACT]
        return (same or given[-1:] or known or fresh or [(item, g)])[0]

    def shared(self, average):
        """The nodes that an average took shares of."""
        terms = [item for event in self.made.get(average.node, []) for item in event.ins if isinstance(item, Value)]
        shares = [event for term in terms for event in self.made.get(term.node, []) if event.op == "Mult"]
        return {item.node for event in shares for item in event.ins if isinstance(item, Value)}

    def averaged(self, value):
        """Whether a value is a share of something added to a share of nothing, as an average that begins at zero is."""
        shares = lambda old: any(event.op in ("Mult", "AtMult") for event in self.made.get(old.node, []))
        nothing = lambda old: numbers(old) is None or not np.any(numbers(old))
        pairs = [event.ins for event in self.made.get(value.node, []) if event.op in ("Add", "AtAdd") and len(event.ins) == 2]
        return any(shares(old) and nothing(old) if isinstance(old, Value) else isinstance(old, float) and old == 0
                   for pair in pairs for old in pair)
