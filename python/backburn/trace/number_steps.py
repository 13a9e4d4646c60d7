"""The steps of plain numbers: which places are parameters, what is added to each, and what of that was there before.

A program without arrays has no velocity that could be looked up. But a number is made of other numbers, so every step is a
sum of terms, and a term that was there before the update before is a momentum: what is left is the gradient times the rate.
`NumberStory` inherits this class.
"""
import numpy as np

from .functions import EXACT, gap
from .layer import multiple
from .tape import ROUNDED

MOST_LOOKED = 60           # operations of a step, among which a penalty is looked for
MOST_TERMS = 20_000        # of the sum that a step is


class NumberSteps:
    """The updates of places that hold numbers, and the rule that they follow."""

    def updated(self):
        """{id of the number before: (place, which update of it, number after, operand, sign, site, number before, what the
        updates before it add, what the operand is multiplied with)}."""
        found, count = self.scanned(frozenset())
        # A list that is made anew in every pass has sums in its places, and each of them only once.
        once = frozenset(key for key, t in count.items() if t == 0)
        if once and len(once) < len(count):
            found, _ = self.scanned(once)
        return found

    def scanned(self, without):
        """The updates of all places but those of `without`, and how many updates each place had after its first."""
        self.way, self.products, self.stored, self.decay, self.given = set(), {}, {}, None, set()
        found, count, used, last, owners, uses, first, added, turned = {}, {}, set(), {}, {}, {}, {}, {}, {}
        for _, op, ins, out in self.events:
            if op == "set":
                owners.setdefault(id(ins[1]), set()).add(ins[0])
                if not isinstance(ins[0], str) or "." in ins[0]:
                    self.stored[id(out)] = (*self.stored.get(id(out), ()), id(ins[1]))
        for number, (site, op, ins, out) in enumerate(self.events):
            if op == "Mult":
                used |= {turned.get(id(item), id(item)) for item in ins if isinstance(item, float)}
                for item in ins:
                    self.products.setdefault(id(item), []).append(id(out))
            if op == "Neg":
                turned[id(out)] = id(ins[0])     # as in -w * x
            if op in ("Add", "Sub"):
                for item in ins:                 # what is added twice, to a z and to its own step, is a bias
                    one = turned.get(id(item), id(item))
                    added[one] = added.get(one, 0) + 1
                    used |= {one} if added[one] > 1 and isinstance(item, float) else set()
            if op != "set":
                for item in ins:
                    uses[id(item)] = uses.get(id(item), 0) + 1
                continue
            key, old = ins
            if key in without:
                continue
            self.rounded = False
            terms = [] if id(old) in found else self.terms(out, 1, old)
            cut = self.rounded
            mine, share = next(((n, by) for n, (item, sign) in enumerate(terms) for by in self.share(item, old)
                                if sign > 0), (None, 1.0))
            if mine is None or len(terms) < 2 or share != 1 and not self.forward_of(old, terms[mine][0]):
                continue
            direct = self.direct(out, old)
            # One 0.0 that several places start with, and not a name that is only lent to what begins with it.
            shared = id(old) not in self.made and len(owners[id(old)]) > 1 and len(owners[id(old)] - self.lent()) > 1
            if shared and direct is None or isinstance(key, str) and "." not in key and (id(old) not in used or shared):
                continue                         # a sum that grows in a variable of a loop
            rest = terms[:mine] + terms[mine + 1:]
            operand, sign, scale, more = self.split(rest, last.get(key, -1), direct)
            if cut:                              # what the rounding adds is no part of the step
                more += float(out) - float(old) - sum(by * float(item) for item, by in rest)
                self.cuts = True
            if share != 1.0:
                more -= (1 - share) * float(old)
                self.decay = share
            start = first.get(key)
            if start is not None and found[start][2] is old and uses.get(id(old), 0) == 1:
                found[start] = (*found[start][:2], out, *found[start][3:7], found[start][7] + more, found[start][8])
                continue                         # nothing has used it since, so that this is the same update
            t = count[key] = count.get(key, -1) + 1
            found[id(old)] = key, t, out, operand, sign, site, old, more, scale
            self.given.add(id(out))
            first[key], last[key] = id(old), number
        self.used = used
        return found, count

    def lent(self):
        """The names that get a number which is not made of the one that they had, as `total = bias` in every row."""
        if self.borrowers is None:
            sets = [(ins, out) for _, op, ins, out in self.events if op == "set" and isinstance(ins[0], str) and "." not in ins[0]]
            self.borrowers = {key for (key, old), out in sets
                              if not any(self.share(item, old) for item, _ in self.terms(out, 1, old))}
        return self.borrowers

    def terms(self, item, sign, old, deep=0):
        """The terms of a short sum in which `old` is one, as (number, sign). What another parameter was given is one term."""
        event = self.made.get(id(item))
        if event is not None and event[1] in ROUNDED and item is not old:
            self.rounded = True
            return self.terms(event[2][0], sign, old, deep)
        whole = item is old or event is None or deep and id(item) in self.given
        if whole or event[1] not in ("Add", "Sub") or len(event[2]) != 2 or deep > 2:
            return [(item, sign)]
        left, right = event[2]
        return self.terms(left, sign, old, deep + 1) + self.terms(right, -sign if event[1] == "Sub" else sign, old, deep + 1)

    def direct(self, out, old):
        """What is added to the number before in one operation, and its sign."""
        event = self.made[id(out)]
        while event[1] in ROUNDED and id(event[2][0]) in self.made:
            event = self.made[id(event[2][0])]
        if len(event[2]) < 2:
            return None
        side = next((n for n in (0, 1) if event[2][n] is old), None)
        if side is None:
            return None
        other = event[2][1 - side]
        made = self.made.get(id(other))
        return made[2][0] if made is not None and made[1] in ROUNDED else other, 1 if event[1] == "Add" else -1

    def share(self, item, old):
        """What `old` is multiplied with in a term, one or a number below it; empty where it is not in the term."""
        if item is old:
            return [1.0]
        event = self.made.get(id(item))
        pairs = (event[2], event[2][::-1]) if event is not None and event[1] == "Mult" and len(event[2]) == 2 else ()
        by = next((by for by, one in pairs if one is old and self.constant(by) and 0 < by < 1), None)
        return [] if by is None else [float(by)]

    def forward_of(self, old, kept):
        """Whether a number of which a share is kept goes into other products than that and those of steps: into a z."""
        return any(number != id(kept) and number not in self.way for number in self.products.get(id(old), []))

    def split(self, rest, since, direct):
        """What a step is made of: the operand that is new, its sign and what it is multiplied with, and the sum of all that
        was there before the update `since`, as a momentum is."""
        self.way |= {id(item) for item, _ in rest}
        parts = [part for item, sign in rest for part in self.parts(item, float(sign), since)]
        fresh = [part for part in parts if not part[2]]
        if not fresh or len(fresh) == len(parts):
            operand, sign = direct or rest[0]
            return operand, sign, 1.0, 0.0
        operand, size, _ = fresh[0]
        more = sum(by * float(item) for item, by, old in parts if old)
        return operand, 1 if size > 0 else -1, abs(size), more

    def parts(self, item, by, since):
        """The terms of a sum as (number, what it is multiplied with, whether it was there before the update `since`). What
        is taken apart, itself or in a multiple, is what a place holds that held one of the terms before: a velocity."""
        if self.kept(item, since):
            return [(item, by, True)]
        event = self.made.get(id(item))
        whole, times = item, by
        if event is not None and event[1] == "Mult" and len(event[2]) == 2:
            pairs = [pair for pair in (event[2], event[2][::-1]) if self.constant(pair[0]) and id(pair[1]) in self.stored]
            whole, times = (pairs[0][1], by * float(pairs[0][0])) if pairs else (item, by)
        found, seen, waiting = [], set(), [(whole, times, ())] if id(whole) in self.stored else []
        while waiting and len(found) < MOST_TERMS:
            one, by_one, before = waiting.pop()
            event = self.made.get(id(one))
            seen.add(id(one))
            if id(one) in before and self.order.get(id(one), -1) <= since:
                found.append((one, by_one, event is not None))
            elif event is not None and event[1] == "Mult" and (self.nothing(event) or self.kept(one, since)):
                found.append((one, by_one, True))
            elif event is not None and event[1] in ("Add", "Sub") and len(event[2]) == 2 and (id(one) in self.stored or before):
                held = self.stored.get(id(one), before)
                waiting += [(event[2][1], -by_one if event[1] == "Sub" else by_one, held), (event[2][0], by_one, held)]
            else:
                found.append((one, by_one, False))
        if not any(old for _, _, old in found):
            return [(item, by, False)]
        self.way |= seen
        return found

    def kept(self, item, since):
        """Whether a number is a multiple of something that was there before the update `since`."""
        event = self.made.get(id(item))
        parts = [part for part in event[2] if isinstance(part, float)] if event is not None and event[1] == "Mult" else []
        return bool(parts) and all(self.order.get(id(part), -1) <= since for part in parts)

    def nothing(self, event):
        """Whether a number is a multiple of a zero that nothing made: of a momentum before its first update."""
        parts = event[2] if event[1] == "Mult" else []
        zero = any(isinstance(part, float) and part == 0 and id(part) not in self.made for part in parts)
        return zero and all(self.constant(part) for part in parts)

    def constant(self, item, deep=0):
        """Whether a number is made of numbers that nothing made."""
        event = self.made.get(id(item))
        known = event is None or deep < 3 and all(self.constant(part, deep + 1) for part in event[2])
        return known and isinstance(item, (int, float))

    def penalty(self, update, passes):
        """How much of a parameter is added to it in its own step, apart from the `passes` forward that it was in; 0 where it
        is there more than once, as in every row of a sum."""
        found, waiting = [], [(update[3], float(update[4]))]
        for _ in range(MOST_LOOKED):
            item, by = waiting.pop() if waiting else (None, 0.0)
            event = self.made.get(id(item)) if id(item) not in passes else None
            if item is update[6]:
                found.append(by)
            elif event is not None and event[1] in ("Add", "Sub"):
                waiting += [(event[2][0], by), (event[2][1], -by if event[1] == "Sub" else by)]
            elif event is not None and event[1] in ("Mult", "Div"):
                one, other = event[2]
                if self.constant(other) and other is not update[6]:
                    waiting.append((one, by * other if event[1] == "Mult" else by / other))
                elif self.constant(one) and event[1] == "Mult":
                    waiting.append((other, by * one))
        return found[0] if len(found) == 1 else 0.0

    # The rule of the update.

    def slips(self):
        """What is wrong with the rule of the update, as {name: (site, numbers)}."""
        found, steps = {}, {update[:2]: update for update in self.updates.values()}
        weights = {key for unit in self.units for key, _ in unit.weights}
        later = [(steps[key, t - 1], steps[key, t]) for key, t in steps if key in weights and t > 1 and (key, t - 1) in steps]
        # What the step before is kept of: the same share in all weights, or it is no momentum.
        pairs = np.array([(after[7], before[2] - before[6]) for before, after in later]).reshape(-1, 2)
        share = multiple(pairs[:, 0], pairs[:, 1]) if pairs.any() and self.decay is None else None
        if share is not None and gap(share * pairs[:, 1], pairs[:, 0]) < EXACT:
            if share < 0:
                found["momentum-sign"] = later[0][1][5], {"momentum": share}
            elif share > 1 - EXACT:
                found["gradient-not-reset"] = later[0][1][5], {"momentum": max(0.0, share - 1)}
        if later and self.unused(weights):
            found["velocity-unused"] = later[0][1][5], {}
        return found

    def unused(self, weights):
        """Whether a share of what was there before and a part of a step are added up for the weights, and no step is made of
        the sums."""
        inside, waiting = set(), [update[2] for update in self.updates.values() if update[0] in weights]
        while waiting:
            item = waiting.pop()
            event = self.made.get(id(item))
            if event is not None and id(item) not in inside:
                inside.add(id(item))
                waiting += list(event[2])
        sums = {}
        for _, op, ins, out in self.events:
            event = self.made.get(id(out))
            if op == "set" and ins[0] not in weights and event is not None and event[1] in ("Add", "Sub"):
                kept = [part for part in event[2] if part is not ins[1] and self.share(part, ins[1])]   # a whole one is a sum
                new = [part for part in event[2] if part not in kept]
                step = bool(kept) and any(id(one) in inside for part in new for one in [part, *self.made.get(id(part), [0, 0, ()])[2]]
                                          if id(one) in self.made)
                sums.setdefault(ins[0], []).append((step, id(out) in inside))
        idle = [uses for uses in sums.values() if len(uses) > 2 and all(step and not used for step, used in uses)]
        return len(idle) > 1 and 2 * len(idle) >= len(weights)
