"""Programs of plain numbers: networks in lists, dictionaries and attributes, without a single array.

The story of such a program is another one, since numbers have no memory that could be followed: a parameter is a place
whose number is replaced by itself and something added, and z is a sum of parameters times other numbers.
"""
import re

import numpy as np

from .forms import Forms
from .functions import function_of, in_words
from .layer import Unclear
from .number_steps import NumberSteps


MOST_UPDATES = 12          # of which one is taken


class NumberStory(NumberSteps, Forms):
    """The roles of plain numbers, in lists and attributes, in the first update that shows enough of them.

    A parameter is a place whose number is replaced by itself and something added; z is a sum of parameters times other
    numbers that no further such sum takes up; a layer is what depends on no z of its own.
    """

    def __init__(self, tape):
        self.tape, self.events = tape, list(tape.floats)
        self.made, self.depth, self.forms, self.order = {}, {}, {}, {}
        self.inner, self.powers = set(), {}      # products that go into larger forms, and powers of x with their x
        self.way = set()                         # what steps are made of, which is no z
        self.products = {}                       # the products that a number goes into
        self.stored = {}                         # what the places that hold a number held before
        self.rounded, self.cuts = False, False   # whether steps are rounded, the last one and any
        self.borrowers = None                    # see `lent`
        self.decay = None                        # what a parameter is multiplied with before its step is added
        for number, event in enumerate(self.events):
            if event[1] != "set":
                self.made[id(event[3])] = event
                self.order[id(event[3])] = number
        self.updates = self.updated()
        if not self.updates:
            raise Unclear("no number that is multiplied with data was updated")
        self.units = self.forward()
        self.arrays, self.notes, self.roles, self.lines = {}, {"convention": "row"}, {}, {}
        self.choose()

    @classmethod
    def told_by(cls, tape, updates):
        """Whether the tape already tells of all updates that would be looked at, or of so many."""
        try:
            return max(unit.t for unit in cls(tape).units) >= min(updates, MOST_UPDATES)
        except Exception:                        # of numbers that are no story, or not yet
            return False

    def choose(self):
        """Takes the update whose inputs say most."""
        best = None
        for t in sorted({unit.t for unit in self.units})[:MOST_UPDATES]:
            rows = self.rows([unit for unit in self.units if unit.t == t])
            rows = self.learned(rows, t) if rows else rows
            if rows and all(self.updated_in(rows, t)):
                worth = sum(1 for row in rows for _, x in row[0][0].weights if x)
                if best is None or worth > best[0]:
                    best = worth, t, rows
        if best is None:
            raise Unclear("no whole pass forward was seen before an update")
        self.read(*best[1:])

    def learned(self, rows, t):
        """The rows that the update is made of; others were only looked at."""
        steps = {update[:2]: update for update in self.updates.values()}
        keys = {key for layer in rows[0] for unit in layer for key, _ in unit.weights}
        inside, waiting = set(), [steps[key, t][2] for key in keys if (key, t) in steps]
        while waiting:
            item = waiting.pop()
            event = self.made.get(id(item))
            if event is not None and id(item) not in inside:
                inside.add(id(item))
                waiting += [part for part in event[2] if id(part) not in self.updates]
        mine = [row for row in rows if any(id(unit.out) in inside for unit in row[-1])]
        return mine or rows

    def updated_in(self, rows, t):
        known = {update[:2] for update in self.updates.values()}
        return [(key, t) in known for layer in rows[0] for unit in layer for key, _ in unit.weights]

    def rows(self, units):
        """Units as rows of layers of units; whole rows alone."""
        rows, row, first = [], [], None
        for unit in units:
            key = unit.weights[0][0]
            first = first or key
            if key == first and row:
                rows.append(row)
                row = []
            row.append(unit)
        rows.append(row)
        most = max(len(row) for row in rows)
        whole = []
        for row in rows:
            layers = {}
            for unit in row:
                layers.setdefault(unit.layer, []).append(unit)
            if len(row) == most and sorted(layers) == list(range(1, len(layers) + 1)):
                whole.append([layers[n] for n in sorted(layers)])
        return whole

    def read(self, t, rows):
        self.t, steps = t, {update[:2]: update for update in self.updates.values()}
        rates = self.rates([steps[key, t] for layer in rows[0] for unit in layer for key, _ in unit.weights], rows)
        rate = rates.pop() if len(rates) == 1 else None
        signs = {steps[key, t][4] for layer in rows[0] for unit in layer for key, _ in unit.weights}
        sign = signs.pop() if len(signs) == 1 else -1
        self.notes["update"] = "+=" if sign > 0 else "-="
        if rate:
            self.notes["lr"] = rate
            self.penalized({key for layer in rows[0] for unit in layer for key, _ in unit.weights}, rate)
        functions, before = [], None
        for number, layer in enumerate(rows[0], 1):
            plain = [n for n, (_, x) in enumerate(layer[0].weights)
                     if not (number > 1 and self.depth.get(id(x), 0) == 0 and x == 1)]
            ones = [n for n in range(len(layer[0].weights)) if n not in plain]
            if len({len(unit.weights) for unit in layer}) > 1 or len(ones) > 1:
                raise Unclear(f"the units of layer {number} have different inputs")
            value = lambda unit, n: steps[unit.weights[n][0], t]
            step = lambda update: (update[2] - update[6] - update[7]) / (sign * (rate or 1.0))
            self.arrays[f"W{number}"] = np.array([[value(unit, n)[6] for unit in layer] for n in plain])
            self.arrays[f"dW{number}"] = np.array([[step(value(unit, n)) for unit in layer] for n in plain])
            keys = [unit.weights[ones[0]][0] if ones else unit.bias for unit in layer]
            if all(key is not None and (key, t) in steps for key in keys):
                signs = np.array([1 if ones else unit.bias_sign for unit in layer])       # of a threshold t the bias is -t
                self.arrays[f"b{number}"] = signs * np.array([steps[key, t][6] for key in keys])
                self.arrays[f"db{number}"] = signs * np.array([step(steps[key, t]) for key in keys])
                self.line(f"update b{number}", steps[keys[0], t][5])
                self.line(f"db{number}", self.summed_at(steps[keys[0], t]))
            z = np.array([[unit.z for unit in row[number - 1]] for row in rows])
            x = np.array([[float(row[number - 1][0].weights[n][1]) for n in plain] for row in rows])
            if number == 1:
                self.arrays["x"] = x
            else:
                functions.append(function_of(before, x, float) if before.shape == x.shape else None)
            before = z
            self.words(number, layer, steps, t, plain)
        self.compared(rows, before, functions)

    def rates(self, updates, rows):
        """Numbers that every step is multiplied with, without those that stand for a mean or a square."""
        inputs = {id(x) for row in rows for layer in row for unit in layer for _, x in unit.weights}
        common, fixed = None, set()
        for update in updates:
            mine, waiting = set(), [(update[3], 0, 1)]
            while waiting:
                item, deep, power = waiting.pop()
                event = self.made.get(id(item))
                if event is not None and event[1] in ("Mult", "Div", "Neg") and deep < 4:
                    powers = (power, -power) if event[1] == "Div" else (power, power)
                    waiting += [(part, deep + 1, by) for part, by in zip(event[2], powers)]
                elif isinstance(item, (int, float)) and item and id(item) not in inputs and self.depth.get(id(item), 0) == 0:
                    mean = power < 0 and abs(item) in (len(rows), 2 * len(rows), len(rows) / 2)
                    mine |= set() if mean else {abs(float(item)) ** power}
                    fixed |= {abs(float(item)) ** power} if self.apart(item) else set()
            if update[8] != 1.0:
                mine = {update[8] * number for number in mine - {1.0} or {1.0}}
            common = mine if common is None else common & mine
        found = {rate for rate in common or set() if 0 < rate < 100 and rate != 1.0}
        found = found - {2.0, 0.5} or found
        return found & fixed if len(found) > 1 else found

    def apart(self, item, deep=0):
        """Whether a number is made of numbers that nothing made and that are no parameters."""
        event = self.made.get(id(item))
        if event is None:
            return id(item) not in self.updates
        return deep < 3 and all(self.apart(part, deep + 1) for part in event[2])

    def compared(self, rows, z, functions):
        """The output beside the target."""
        found = []
        start = {id(unit.out): (r, n) for r, row in enumerate(rows) for n, unit in enumerate(row[-1])}
        origin = dict(start)
        for site, op, ins, out in self.events:
            if op == "set" or id(out) in start:
                continue
            mine = [origin.get(id(item)) for item in ins]
            from_z = [place for place in mine if place is not None]
            if op == "Sub" and len(from_z) == 1 and not self.tape.sites[site].constant[mine.index(None)]:
                side = mine.index(None)
                other = ins[side]
                number = isinstance(other, (int, float, np.number)) and id(other) not in self.updates
                if number and self.depth.get(id(other), 0) == 0:
                    found.append((from_z[0], ins[1 - side], float(other), site))
            if from_z:
                origin[id(out)] = from_z[0] if len(set(from_z)) == 1 else (from_z[0][0], None)
        p, y, whole = np.full(z.shape, np.nan), np.full(z.shape, np.nan), True
        for (row, unit), output, target, site in found:
            if unit is None:
                unit = int(np.flatnonzero(np.isnan(p[row]))[0]) if np.isnan(p[row]).any() else None
            if unit is not None and np.isnan(p[row, unit]):
                p[row, unit], y[row, unit] = float(output), target
                whole = whole and id(output) in start and rows[row][-1][unit].turned == 1
                self.line("compare", site)
        if np.isnan(p).any():
            raise Unclear("nothing was found that the output is compared with")
        output = ("linear", None) if whole else function_of(z, p, float, output=True)
        self.arrays["y"] = y if y.shape[1] > 1 else y.ravel()
        self.functions = [found and found[0] for found in functions + [output]]
        self.told = "" if output else in_words(z, p)
        slopes = [found[1] for found in functions + [output] if found and found[1]]
        if slopes:
            self.notes["leaky_slope"] = slopes[0]
        if functions and all(functions):
            self.notes["activation"] = ",".join(found[0] for found in functions)
        if output:
            self.notes["output"] = output[0]
        else:
            self.arrays["p"] = p
        self.count = len(rows)

    def words(self, l, layer, steps, t, plain):
        """The person's expression and lines of one layer."""
        update = steps[layer[0].weights[plain[0]][0], t]
        name = self.called(update, layer[0])
        if name:
            self.roles[f"W{l}"] = name
        self.line(f"update W{l}", update[5])
        inputs = {id(x) for unit in layer for _, x in unit.weights}
        waiting, deep = [update[3]], 0
        while waiting and deep < 50:
            deep += 1
            event = self.made.get(id(waiting.pop(0)))
            if event is None or event[1] == "set":
                continue
            others = [item for item in event[2] if id(item) not in inputs]
            if event[1] == "Mult" and len(others) == 1:
                self.line(f"dW{l}", event[0])
                delta = self.made.get(id(others[0]))
                while delta is not None and any(isinstance(item, float) and item == self.notes.get("lr") for item in delta[2]):
                    delta = next((self.made.get(id(item)) for item in delta[2] if id(item) in self.made), None)
                if delta is not None:
                    self.line(f"delta{l}", delta[0])
                    for n, item in enumerate(delta[2], 1):
                        if id(item) in self.made:
                            self.line(f"delta{l} factor {n}", self.made[id(item)][0])
                break
            waiting += list(event[2])
        keys = {key for unit in layer for key, _ in unit.weights}
        for form, _, site in self.backward:
            if l > 1 and any(key in keys for (key, _), x, _ in form if x is not None):
                self.line(f"up{l - 1}", site)
                break

    def penalized(self, keys, rate):
        """States the penalty on squared weights, if every step has the same share of its own weight."""
        passes = {id(unit.out) for unit in self.units}
        updates = [update for update in self.updates.values() if update[0] in keys and update[1] < MOST_UPDATES]
        shares = [-self.penalty(update, passes) / rate for update in updates]
        if min(shares) > 0 and max(shares) - min(shares) < 1e-9 * max(shares):
            self.notes["l2"], self.notes["l2_form"] = shares[0], "lambda/2"

    def summed_at(self, update):
        """The place of the sum over rows that a step is a multiple of; where there is none, that of the update."""
        event = self.made.get(id(update[3]))
        for _ in range(4):
            pair = event[2] if event is not None and event[1] in ("Mult", "Div") else ()
            inner = [part for part, by in zip(pair, pair[::-1]) if self.constant(by)]
            event = self.made.get(id(inner[0])) if len(inner) == 1 else event
        summed = event is not None and event[1] in ("Add", "sum", "fsum", "mean") and id(event[3]) not in self.stored
        return event[0] if summed else update[5]

    def called(self, update, unit):
        """What the person calls a weight: of the places that hold its new number, one that the line of z names."""
        held = [site for site, op, _, out in self.events if op == "set" and out is update[2]]
        z = self.tape.sites[self.made[id(unit.out)][0]].source
        names = [without_number(self.tape.sites[site].name or "") for site in (update[5], *held)]
        return next((name for name in names if name and re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", z)), names[0])

    def line(self, name, site):
        if site is not None and name not in self.lines:
            self.lines[name] = self.tape.sites[site].place()

    def object(self):
        unknown = [f"layer {l}" for l, function in enumerate(self.functions, 1) if not function]
        if self.told:
            unknown[-1] += self.told
        return {"roles": self.roles, "named": {}, "lines": self.lines, "losses": [], "gradients": {},
                "functions": self.functions, "unknown_functions": unknown, "functions_told": bool(self.told) and len(unknown) == 1, "rows": self.count, "layout": "row",
                "stated": self.notes,
                "conditions": ([["decay", str(1 - self.decay)]] if self.decay else []) + (
                    [["rounded", "steps are rounded before the weights take them; what they were before is judged"]] if self.cuts else []),
                "update": self.t}


def without_number(name):
    """The name of a list for that of one of its places."""
    while name.endswith("]") and name[-2] not in "'\"":
        name = name[:name.rindex("[")]
    return name
