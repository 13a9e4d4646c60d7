"""Sums of parameters times plain numbers: what is z in a program without arrays.

A form is such a sum as a list of ((place, update), number, sign); a number of None is a bias. The sign is that of the term:
of `-w*x - b`, as it stands in `exp(-w*x - b)`, all are negative, and what is turned is z; of `w*x - b` the bias is a threshold.
`NumberStory` inherits this class.
"""
from .layer import Unclear


class Unit:
    """z of one unit and row: a sum of parameters times inputs. `turned` is −1 where the program computes −z."""

    def __init__(self, out, terms, layer, t):
        self.out, self.layer, self.t = out, layer, t
        self.weights = [(key, x) for (key, _), x, _ in terms if x is not None]
        self.turned = next(sign for _, x, sign in terms if x is not None)
        bias = next(((key, sign) for (key, _), x, sign in terms if x is None), (None, 1))
        self.bias, self.bias_sign = bias[0], bias[1] * self.turned

    @property
    def z(self):
        return self.turned * self.out


class Forms:
    """The sums of parameters times numbers that a program computes, and which of them are z."""

    def forward(self):
        """Every z in the order in which it is computed."""
        taken = self.formed()
        seen, units = {}, []
        for number, (form, out, site) in self.forms.items():
            if number in taken or len({sign for _, x, sign in form if x is not None}) != 1:
                continue
            keys = tuple(key for (key, _), _, _ in form)
            ts = {t for (_, t), _, _ in form}
            mark = (keys, len(ts) == 1)
            if all(key not in seen for key in keys):
                seen.update((key, mark) for key in keys)
            if seen.get(keys[0]) == mark and len(ts) == 1:
                units.append((out, form, ts.pop()))
        forward = {id(unit[0]) for unit in units}
        self.backward = [(form, out, site) for number, (form, out, site) in self.forms.items()
                         if number not in taken and number not in forward]
        depth, found, made = {}, [], {id(out): (out, terms, t) for out, terms, t in units}
        for site, op, ins, out in self.events:          # depths anew, now that it is known what z is
            if op == "set":
                continue
            inside = max([depth.get(id(item), 0) for item in ins if isinstance(item, float)] or [0])
            if id(out) in made:
                _, terms, t = made[id(out)]
                inside = 1 + max([depth.get(id(x), 0) for _, x, _ in terms if x is not None] or [0])
                found.append(Unit(out, terms, inside, t))
            depth[id(out)] = inside
        self.depth = depth
        if not found:
            raise Unclear("no sum of parameters times numbers was seen")
        return found

    def formed(self):
        """Reads all forms, and answers with the numbers that are no whole ones, since larger forms take them up."""
        news = {id(update[2]) for update in self.updates.values()}
        taken, negative = self.inner, {}
        for site, op, ins, out in self.events:
            if op == "set":
                continue
            form = None if id(out) in news or id(out) in self.way else self.form(op, ins, negative)
            self.depth[id(out)] = max([self.depth.get(id(item), 0) for item in ins if isinstance(item, float)] or [0])
            if op == "Neg" and (part := self.part(ins[0], negative)):
                negative[id(out)] = [(key, x, -sign) for key, x, sign in part], ins[0]
            if form:
                self.forms[id(out)] = form, out, site
                mine = [negative[id(item)][1] if id(item) in negative else item for item in ins]
                taken |= {id(item) for item in mine if id(item) in self.forms and op != "Mult"}
        return taken

    def known(self, item):
        """The update that replaces a number, if it is a parameter."""
        return self.updates.get(id(item)) if isinstance(item, float) else None

    def part(self, item, negative):
        """A number as the form that it is, or as the bias that it may be; None where it is neither."""
        if id(item) in self.forms:
            return self.forms[id(item)][0]
        if id(item) in negative:
            return negative[id(item)][0]
        return [(self.known(item)[:2], None, 1)] if self.known(item) else None

    def form(self, op, ins, negative):
        """The form of what an operation gives, if it is one."""
        if op == "Mult" and len(ins) == 2:
            for one, other in (ins, ins[::-1]):
                lone = self.part(one, negative) if id(one) not in self.forms else None
                if lone is None or len(lone) > 1 or lone[0][1] is not None:
                    continue
                # A z goes into the next layer as it is where the function between is none, or a relu.
                whole = self.forms.get(id(other), ([],))[0]
                below = len(whole) > 1 and all(key != lone[0][0][0] for (key, _), _, _ in whole)
                if not self.known(other) and (id(other) not in self.forms or below):
                    return [(lone[0][0], other, lone[0][2])]
            return self.power(*ins) or self.power(*ins[::-1])
        if op == "Sub":
            left, right = (self.part(item, negative) for item in ins)
            apart = left and right and not {key for key, *_ in left} & {key for key, *_ in right}
            return [*left, *((key, x, -sign) for key, x, sign in right)] if apart else None
        if op not in ("Add", "sum", "fsum"):
            return None
        parts = []
        for item in ins:
            part = self.part(item, negative)
            if part is None and (not isinstance(item, (int, float)) or item != 0):
                return None
            parts += part or []
        return parts or None

    def power(self, product, x):
        """A parameter times x, times x again, as in a*x*x: it is multiplied with a power of x."""
        form = self.forms.get(id(product), ([],))[0]
        if len(form) != 1 or form[0][1] is None:
            return None
        (key, before, sign), = form
        if self.powers.get(id(before), (None, before))[1] is not x:
            return None
        higher = float(before) * float(x)
        self.powers[id(higher)] = higher, x
        self.inner.add(id(product))
        return [(key, higher, sign)]
