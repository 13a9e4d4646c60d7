"""The report of a story: the dump that is judged, and the roles that say which expression and line is which array.
"""
import numpy as np

from .digits import inexact
from .functions import gap, in_words, near
from .layer import LARGE, multiple, numbers
from .tape import PRODUCTS
from .value import Value


KEPT = 40                  # inputs that are then kept one by one
SAMPLE = 256               # rows of such a batch that are also written with all their inputs


class Report:
    """A story as a dump and as roles. The dump holds z, a and p only where they are not what their equations give.

    Of a batch like 60,000 × 784 most inputs are written through their sums: with x = [x₁ x₂] and W = [W₁; W₂] the pair
    x' = [x₁ x₂W₂], W' = [W₁; 1] has the same z, and x'ᵀδ = [x₁ᵀδ; W₂ᵀ(x₂ᵀδ)] is made of the program's own gradient. So
    every equation holds for the thin batch exactly if it holds for the whole. What such inputs are like, and how the network
    would go on learning, the thin batch does not show: `sample` has some rows with all their inputs, and the whole weights.
    """

    def __init__(self, story):
        self.story, self.tape = story, story.tape
        self.arrays, self.notes, self.roles, self.lines, self.named = {}, {}, {}, {}, {}
        self.words_for, self.kept, self.rest, self.sample = {}, None, None, {}
        self.orientation = self.layout()
        self.data()
        for number, layer in enumerate(story.layers, 1):
            self.layer(number, layer, number == len(story.layers))
        self.conventions()

    def layout(self):
        layers = self.story.layers
        if all(not layer.right for layer in layers):
            return "col"
        turned = lambda layer: layer.op == "inner" or len(layer.operand.strides) == 2 and min(layer.operand.shape) > 1 \
            and layer.operand.strides[0] < layer.operand.strides[1]
        return "torch" if all(layer.right and turned(layer) for layer in layers) else "row"

    def put(self, name, array, kind):
        """Keeps an array that is in rows: data turned for `col`, weights for `col` and `torch`."""
        if array is not None:
            self.arrays[name] = self.stored(name, array, kind)

    def stored(self, name, array, kind):
        """An array as the dump holds it, see `put`."""
        turned = kind == "data" and self.orientation == "col" or kind == "weight" and self.orientation != "row"
        if self.story.layers[0].chain.versions[0].dtype == np.float32 and name != "y":
            array = array.astype(np.float32)
        return array.T if turned and array.ndim == 2 else array

    def whole(self):
        """A dump of some rows with all their inputs, where the batch was thinned; else nothing."""
        if not self.sample:
            return {}
        weights = {name: array for name, array in self.arrays.items() if name.lstrip("d")[0] in "Wb"}
        return {**weights, **self.sample}

    def data(self):
        story = self.story
        first = story.layers[0]
        x = first.input if first.ones is None else np.delete(first.input, first.ones, axis=1)
        w = first.w0 if first.ones is None else np.delete(first.w0, first.ones, axis=0)
        if x.size > LARGE and x.shape[1] > KEPT + w.shape[1]:
            spread = x[:: max(1, len(x) // 1000)].std(axis=0)
            self.kept = np.sort(np.argsort(-spread)[:KEPT])
            self.rest = np.setdiff1d(np.arange(x.shape[1]), self.kept)
            rows = slice(None, None, max(1, len(x) // SAMPLE))
            self.sample = {"x": self.stored("x", x[rows], "data"), "y": self.stored("y", story.y[rows], "data")}
            # Inputs one by one, and the others' share of z as inputs of weight one: x·W is the same, and so is x'·delta.
            product, some = first.product() if first.ones is None else x @ w, x[:, self.kept]
            x = np.hstack([some, product - some @ w[self.kept]])
        self.put("x", x, "data")
        self.put("y", story.y, "data")
        if story.layers[-1].function is None or not self.proved(story.layers[-1]):
            self.put("p", story.p, "data")
        self.role("x", first.other)
        if story.y_value is not None:
            self.role("y", story.y_value)
        if story.p_value is not None:
            self.role("p", story.p_value)
            self.line("p made", story.p_value.made)
        self.line("compare", story.compare.site)

    def layer(self, l, layer, last):
        w0, b0, d = layer.w0, layer.b0, layer.d_weight
        dw = np.zeros_like(w0) if d is None else d.array
        if layer.ones is not None:
            one = layer.input[0, layer.ones]         # of a column of -1 the bias is a threshold
            b0, db = one * w0[layer.ones], one * dw[layer.ones]
            w0, dw = np.delete(w0, layer.ones, axis=0), np.delete(dw, layer.ones, axis=0)
        elif layer.late is not None and numbers(layer.late[0]).any():
            b0, db = np.asarray(numbers(layer.late[0]), float), None
        elif b0 is not None:
            g = layer.d_bias
            b0 = layer.bias_sign * np.asarray(b0, float)
            db = np.zeros_like(b0) if g is None else np.asarray(g.array, float)
            if layer.b1 is None:
                db = None
        if l == 1 and self.kept is not None:
            self.sample.update(W1=self.stored("W1", w0, "weight"), dW1=self.stored("dW1", dw, "weight"))
            dw = np.vstack([dw[self.kept], w0[self.rest].T @ dw[self.rest]])
            w0 = np.vstack([w0[self.kept], np.eye(w0.shape[1])])
        self.put(f"W{l}", w0, "weight")
        self.put(f"dW{l}", dw, "weight")
        if b0 is not None:
            self.arrays[f"b{l}"] = np.asarray(b0).reshape(-1) if self.orientation != "col" else np.asarray(b0).reshape(-1, 1)
            if db is not None:
                db = np.asarray(db)
                if db.size == np.size(b0):
                    db = db.reshape(self.arrays[f"b{l}"].shape)
                self.arrays[f"db{l}"] = db
        if not self.proved(layer):
            self.put(f"z{l}", layer.z, "data")
        if not last and layer.function is None:
            self.put(f"a{l}", layer.a, "data")
        if not last:
            self.put(f"mask{l}", layer.mask, "data")
        self.words(l, layer, last)

    def proved(self, layer):
        """Whether the program's z is x·W + b, so that it need not be shown."""
        z = layer.product()
        if layer.b0 is not None and np.size(layer.b0) == z.shape[1]:
            z = z + layer.bias_sign * np.reshape(layer.b0, (1, -1))
        return layer.z is not None and near(layer.z, z, layer.out.dtype)

    def words(self, l, layer, last):
        """The person's expressions and lines of one layer."""
        story = self.story
        self.role(f"W{l}", layer.operand, story.expression(layer.chain))
        self.role(f"z{l}", layer.out)
        if layer.late is not None:
            self.role(f"b{l}", layer.late[0])
        if layer.bias is not None:
            self.role(f"b{l}", layer.bias.versions[0], story.expression(layer.bias))
        if not last:
            self.role(f"a{l}", story.layers[l].other)
        for kind, gradient, chain in (("W", layer.d_weight, layer.chain), ("b", layer.d_bias, layer.bias)):
            if gradient is not None and gradient.value is not None:
                self.role(f"d{kind}{l}", gradient.value)
            if chain is not None and len(chain.versions) > story.t + 1:
                site = story.last_site(chain.versions[story.t + 1].node)
                self.line(f"update {kind}{l}", site)
                if gradient is not None and gradient.value is None:
                    self.line(f"d{kind}{l}", site)
        delta, product = self.delta(layer)
        gradient = layer.d_weight
        if product is not None and (gradient is None or gradient.value is None
                                    or not self.tape.names.get(gradient.value.key)):
            self.line(f"dW{l}", product.site)
        if product is not None:
            self.line(f"dW{l} made", product.site)
        if delta is not None:
            self.role(f"delta{l}", delta)
            self.line(f"delta{l} made", delta.made)
            self.factors(l, delta)
        up = self.upstream(l)
        if up is not None:
            self.line(f"up{l}", up.site)

    def delta(self, layer):
        """The error at a layer: the factor of its weight gradient that is no input."""
        start = layer.d_weight.value.node if layer.d_weight is not None and layer.d_weight.value is not None \
            else layer.chain.versions[self.story.t + 1].node
        forward = {cycle[n].event.seq for cycle in self.story.cycles for n in range(len(cycle))}
        inputs = {cycle[self.story.layers.index(layer)].other.root.serial for cycle in self.story.cycles}
        seen, waiting = {start}, [start]
        while waiting:
            for event in self.story.made.get(waiting.pop(0), []):
                pair = event.ins[:2]
                whole = len(pair) == 2 and all(isinstance(item, Value) and item.size > 0 for item in pair)
                if whole and (event.op in PRODUCTS or event.op in ("MatMult", "Mult")) and event.seq not in forward:
                    side = [n for n in (0, 1) if pair[n].root.serial in inputs]
                    if event.op != "Mult" or side:
                        mine = 1 - side[0] if len(side) == 1 else int(layer.right)
                        return self.unscaled(pair[mine]), event
                for item in event.ins:
                    if isinstance(item, Value) and item.node not in seen and item.node in self.story.ancestors:
                        seen.add(item.node)
                        waiting.append(item.node)
        return None, None

    def unscaled(self, value):
        """An error without the rate that stands before it: of 0.1 · delta the delta."""
        for event in self.story.made.get(value.node, []):
            arrays = [item for item in event.ins if isinstance(item, Value) and not item.number]
            if event.op in ("Mult", "Div") and len(arrays) == 1 and not self.tape.names.get(value.key):
                return arrays[0]
        return value

    def factors(self, l, delta):
        """Where the factors of an error are made, which may be in functions of their own."""
        for event in self.story.made.get(delta.node, []):
            sites = [item.made for item in event.ins if isinstance(item, Value) and item.made is not None]
            for number, site in enumerate(sites):
                if event.op == "Mult":
                    self.line(f"delta{l} factor {number + 1}", site)

    def upstream(self, l):
        """The product that carries the error from layer l + 1 down to layer l."""
        story = self.story
        if l >= len(story.layers):
            return None
        above = story.layers[l].chain
        forward = {cycle[l].event.seq for cycle in story.cycles}
        for event in story.inside:
            if event.seq not in forward and event.node in story.ancestors and event.node in self.tape.products:
                if event.op in PRODUCTS or event.op == "MatMult":
                    for item in event.ins[:2]:
                        if isinstance(item, Value) and self.tape.chain(item) is above or isinstance(item, Value) \
                                and item.root.serial == above.versions[story.t].root.serial:
                            return event
        return None

    def role(self, name, value, expression=None):
        names = self.tape.names.get(value.key) or self.before(value)
        elements = self.tape.elements.get(value.key, [])
        expression = expression or (names[0][1] if names else elements[0][1] if elements else None)
        known = [own for _, own in names + elements] + self.tape.arguments.get(value.key, [])
        self.words_for[name] = list(dict.fromkeys([expression] * bool(expression) + known))
        if expression:
            self.roles[name] = expression
            at = next((site for site, known in names + elements if known == expression), None)
            if at is not None:
                self.named[name] = {"file": self.tape.sites[at].file, "line": self.tape.sites[at].line}
        site = names[0][0] if names else (self.tape.through.get(value.key) or [value.made])[0]
        made = self.story.site_of(value)
        if name[0] == "d" and made is not None:
            # The equation itself, also where a function gives it back unnamed or a later line changes it in place.
            site = made
        if name[0] in "zapd":
            self.line(name, site)
        elif names:
            self.line(name, names[0][0])

    def before(self, value):
        """The names of an array that was changed in place since it was named."""
        return [name for key, names in self.tape.names.items() if key[0] == value.root.serial and key[2:] == value.key[2:]
                for name in names][:4]

    def line(self, name, site):
        if site is not None:
            self.lines[name] = self.tape.sites[site].place()

    def conventions(self):
        story, layers = self.story, self.story.layers
        hidden = [layer.function for layer in layers[:-1]]
        if hidden and all(hidden):
            self.notes["activation"] = ",".join(hidden)
        slopes = [layer.slope for layer in layers if layer.slope is not None]
        if slopes:
            self.notes["leaky_slope"] = slopes[0]
        if layers[-1].function:
            self.notes["output"] = layers[-1].function
        if story.update:
            self.notes["update"] = story.update
        if story.rate:
            self.notes["lr"] = story.rate
        keeps = {round(layer.keep, 6) for layer in layers if layer.keep}
        if len(keeps) == 1:
            self.notes["keep_prob"] = keeps.pop()
        self.notes["convention"] = self.orientation
        last = max(story.losses, key=lambda found: found[3].seq, default=None)
        if last is not None and last[0] in ("ce", "bce"):
            self.notes["loss"] = last[0]
            by = story.divisor()               # a sum that is shown says nothing of what the gradient is divided by
            if last[1] == "mean" or last[1] != "sum" and by is not None and abs(by / story.p.size - 1) < 1e-9:
                self.notes["reduction"] = last[1]

    def division(self):
        """Where the program divides by the rows: inside the error, outside of it; None where its gradients do not tell."""
        story, inside, outside = self.story, 0, 0
        for layer in story.layers:
            delta = self.delta(layer)[0]
            d = None if delta is None else numbers(delta, lambda array: layer.rows(array, layer.w0.shape[1]))
            if d is None or d.shape != (len(layer.input), layer.w0.shape[1]):
                continue
            large = layer.input.size > LARGE and layer.d_bias is not None     # its bias says the same in less time
            for g, right in ((layer.d_weight, None if large else layer.input.T @ d), (layer.d_bias, d.sum(axis=0))):
                if right is None:
                    continue
                array = None if g is None or g.value is None else numbers(g.value)
                if array is None or array.size != right.size:
                    continue
                array = layer.weight(array) if g is layer.d_weight else array.reshape(right.shape)
                by = multiple(array, right) if array.shape == right.shape else None
                if by and near(by * right, array, layer.out.dtype):
                    inside += abs(abs(by) - 1) < 1e-6
                    outside += abs(abs(by) * len(story.p) - 1) < 1e-6
        return None if inside == outside else "inside" if inside > outside else "outside"

    def scopes(self):
        """The names that are bound where each of the lines stands, by file and line."""
        found, bound = {}, [site for site in self.tape.sites if site.name and site.name.isidentifier()]
        numpy = any("np." in site.source for site in self.tape.sites)
        for place in self.lines.values():
            here = [site.scope for site in self.tape.sites if (site.file, site.line) == (place["file"], place["line"])]
            scope = max(here, key=len, default=())
            names = {site.name for site in bound if site.file == place["file"] and site.scope == scope[:len(site.scope)]
                     and (site.line < place["line"] or len(site.scope) < len(scope))}
            names |= {"np"} if numpy else set()
            names |= {"self"} if scope and "self." in place["source"] else set()
            found[f"{place['file']}:{place['line']}"] = sorted(names)
        return found

    def normalised(self, layer):
        """Words for a layer whose z is brought to mean 0 and deviation 1 over the batch; none for others."""
        deviation = 0 if layer.z is None or len(layer.z) < 3 else layer.z.std(axis=0)
        wanted = (layer.z - layer.z.mean(axis=0)) / deviation if np.all(deviation) else None
        for value in self.story.sizes.get(layer.z.size, {}).values() if wanted is not None else []:
            array = numbers(value, lambda array: layer.rows(array, wanted.shape[1]))
            if array is not None and array.shape == wanted.shape and gap(array, wanted) < 0.01:
                return " (behind a batch normalisation, which is not read)"
        return ""

    def overflowed(self):
        """What is to be said of the first number made of the outputs that is printed and is nan or infinite."""
        story = self.story
        for _, value, _ in self.tape.displays:
            if value.node in story.down and not np.isfinite(value.data):
                place = self.tape.sites[story.site_of(value)].place() if story.site_of(value) is not None else None
                where = f"{place['file']}:{place['line']}  {place['source']}" if place else "a number"
                return [("printed-not-finite", f"{where} is {float(value.data)}; take the logarithm of np.clip(p, 1e-12, 1) and "
                         "subtract each row's maximum before exp")]
        return []

    def own(self):
        """The gradients that are arrays of the program and made of the error of this pass, by their names in the dump."""
        pairs = [(f"{kind}{l}", g) for l, layer in enumerate(self.story.layers, 1)
                 for kind, g in (("dW", layer.d_weight), ("db", layer.d_bias))]
        known = [name for name, g in pairs if g is not None and g.value is not None and self.story.is_product(g.value)]
        columns = [f"db{l}" for l, layer in enumerate(self.story.layers, 1) if layer.ones is not None and f"dW{l}" in known]
        return known + columns

    def object(self):
        story = self.story
        gradients = {f"{kind}{l}": {"rate": g.rate, "multiple": g.multiple, "rule": g.rule, "turned": g.turned and g.value is not None}
                     for l, layer in enumerate(story.layers, 1)
                     for kind, g in (("dW", layer.d_weight), ("db", layer.d_bias)) if g is not None}
        losses = []
        for name, reduction, value, event in sorted(story.losses, key=lambda found: found[3].seq):
            place = self.tape.sites[event.site].place()
            losses.append({"loss": name, "reduction": reduction, "value": value, **place})
        after = [layer.a for layer in story.layers[:-1]] + [story.p]
        turned = [name for name, gradient in gradients.items() if gradient["turned"]]
        unknown = [(f"layer {l}", in_words(layer.z, a) or self.normalised(layer))
                   for l, (layer, a) in enumerate(zip(story.layers, after), 1) if not layer.function]
        return {"roles": self.roles, "names": self.words_for, "named": self.named, "lines": self.lines, "losses": losses, "gradients": gradients, "turned": turned, "own_gradients": self.own(),
                "functions": [layer.function for layer in story.layers], "unknown_functions": [layer + words for layer, words in unknown],
                "functions_told": bool(unknown) and all(words for _, words in unknown),
                "scopes": self.scopes(), "division": self.division(), "rows": len(story.p), "layout": self.orientation, "inputs": story.layers[0].w0.shape[0],
                "kept_inputs": None if self.kept is None else len(self.kept), "stated": self.notes,
                "conditions": [[name, str(what)] for name, what in story.said + self.overflowed() + inexact(story)], "update": story.t}
