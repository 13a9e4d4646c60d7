"""The biases of a story: what is added to a product x·W, before a function or after it.

z is x·W + b, −x·W − b where the program turns it, x·W − t with a threshold t, or an error y − x·W − b without an output of its
own. A bias is one for all rows. `Story` inherits this class.
"""
import numpy as np

from .functions import function_of
from .layer import Unclear, numbers
from .value import Event, Value


class Biases:
    """The part of a story that finds what belongs to a product."""

    def preactivations(self):
        """z = x·W + b of every layer and row."""
        mine = {id(chain): chain for chain in self.biases + self.still if chain.kind == "b"}
        users, turned = {}, {}
        negated = {event.node: event.ins[0] for event in self.tape.events if event.op == "Neg" and isinstance(event.ins[0], Value)}
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
                if layer.other.node in negated:  # -x @ W is −z, as in np.exp(-x @ W)
                    layer.other, layer.turned = negated[layer.other.node], -1
                self.add_bias(layer, layer.out, layer.turned, users, mine)
                if layer.bias is None and layer.out.node in turned:
                    self.add_bias(layer, turned[layer.out.node], -1, users, mine)
                if layer.bias is None:
                    self.taken_off(layer, users)

    def taken_off(self, layer, users):
        """Reads y − x·W − b, an error without an output of its own, as y − (x·W + b), and goes on as if the program did; of
        y − x·W + b what is taken off is x·W − b."""
        product = layer.out
        pairs = [(first, second) for first in users.get(product.node, []) for second in users.get(first.node, [])
                 if first.op == "Sub" and second.op in ("Sub", "Add") and numbers(product) is not None]
        for first, second in pairs:
            y, taken = first.ins
            mine = [side for side in (0, 1) if isinstance(second.ins[side], Value) and second.ins[side].node == first.node]
            if taken is not product or not mine or second.op == "Sub" and mine[0] == 1:
                continue
            rest, bias = second.ins[mine[0]], second.ins[1 - mine[0]]
            chain = self.tape.chain(bias) if isinstance(bias, Value) and not bias.number \
                else self.tape.chains.get((second.site, 1 - mine[0]))
            forms = [value.shape for value in (y, rest, second.out) if isinstance(value, Value)]
            if chain not in self.biases or forms != 3 * [product.shape]:
                continue
            sign = 1 if second.op == "Sub" else -1
            whole = self.tape.see(np.asarray(numbers(product) + sign * numbers(bias)))
            total = Event(second.seq, second.site, "Add" if sign > 0 else "Sub", [product, bias], whole, whole.node)
            error = Event(second.seq, second.site, "Sub", [y, whole], second.out, second.node)
            at = self.inside.index(second)
            self.inside[at:at + 1] = [total, error]
            self.made[whole.node], self.made[second.node] = [total], [error]
            self.ancestors |= {whole.node} if second.node in self.ancestors else set()
            layer.bias, layer.out, layer.turned, layer.bias_sign = chain, whole, 1, sign
            if sign < 0:
                place = self.tape.sites[second.site]
                self.said.append(("bias-taken-off", f"{place.file}:{place.line}  {place.source}  adds the bias to the error, so that it is taken "
                                  "off the output: y - (x*W + b) is the error of x*W + b"))
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

    def one_bias(self, number, layer):
        """Makes sure that a bias is one for all rows, and stays one."""
        rows, units, before, after = len(layer.input), layer.w0.shape[1], np.size(layer.b0), np.size(layer.b1)
        if rows == 1 or rows * units not in (before, after):
            return
        name, shape = self.expression(layer.bias), units if layer.right else (units, 1)
        begin = "has" if before == rows * units else "gets, by its update,"
        raise Unclear(f"the bias of layer {number + 1} {begin} a row for each of the {rows} rows of the batch, where one belongs "
                      f"to all of them: {name} = np.zeros({shape}), and its gradient is the sum of the error over the rows")

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
