"""Places: what names, attributes, lists and arrays hold, as the assignments of a rewritten script change it.

`assigned.py` has put a call before and after each assignment. A name that an array gets is a name that the person knows; a
place that holds a number is known by what the number before it was.
"""
import numpy as np

from .entries import single
from .tape import MOST_NUMBERS
from .value import Value

MOST_LISTED = 1_000        # numbers in a list that are kept apart


class Places:
    """The half of the tape's calls that assignments make."""

    def slot(self, site, key, old, new):
        """A place that holds a number holds another now."""
        self.slots[key] = new
        lasting = isinstance(key, tuple) or "." in key
        if lasting and old is not None and old is not new:
            self.sets[key] = self.sets.get(key, 0) + 1
        if old is not None and old is not new:
            self.floats.append((site, "set", (key, old), new))
        if len(self.floats) >= self.look:
            self.looked()
        if len(self.floats) >= MOST_NUMBERS and lasting and self.sets.get(key, 0) >= 3:
            often = sum(times >= 3 for times in self.sets.values())
            if often >= 4 and not any(len(chain.versions) > 1 for chain in self.chains.values()):
                self.stopping = "its parameters were updated twice"
                self.halt()

    def looked(self):
        """Ends the script where plain numbers are its parameters and tell enough of their updates."""
        updates = 12 if len(self.floats) < MOST_NUMBERS // 2 else 2
        self.look *= 4
        if not any(len(chain.versions) > 1 for chain in self.chains.values()) and self.numbers_tell(self, updates):
            self.stopping = "its parameters were updated twice"
            self.halt()

    def lasting(self, base):
        """A number for a list that no later list has, since its own is given to others when it is gone."""
        if len(self.lists) < MOST_NUMBERS:
            self.lists[id(base)] = base
        return id(base)

    def lone(self, number):
        return number * 1.0

    def parted(self, numbers):
        """A new list of one number many times, as [0.0] * 4, gets as many objects, so that each place is one of its own."""
        new = 1 < len(numbers) <= MOST_LISTED and id(numbers) not in self.lists and type(numbers[0]) is float
        if new and all(number is numbers[0] for number in numbers):
            self.lasting(numbers)
            numbers[:] = [number * 1.0 for number in numbers]

    def hold(self, value):
        self.held = value
        return value

    def own(self, site, owner):
        """What the number of a name or an attribute is known by: each object has an attribute of its own."""
        name = self.sites[site].name
        return name if owner is None else (self.lasting(owner), name.rpartition(".")[2])

    def bind(self, site, value, owner=None):
        if isinstance(value, np.ndarray):
            if self.by_entries:
                key = self.own(site, owner)
                self.placed(site, key, self.bound.get(key), value)
                self.bound[key] = value
            self.named(site, self.see(value), self.sites[site].name)
        elif isinstance(value, float) or id(value) in self.scalars:
            if id(value) in self.scalars:
                self.named(site, self.scalars[id(value)], self.sites[site].name)
            if isinstance(value, float):
                key = self.own(site, owner)
                self.slot(site, key, self.slots.get(key), value)
        elif isinstance(value, (list, tuple, dict)) and 0 < len(value) <= 64:
            if isinstance(value, list):
                self.parted(value)
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            for key, part in parts:
                if isinstance(part, np.ndarray):
                    self.held_in(site, part, f"{self.sites[site].name}[{key!r}]")

    def walrus(self, site, value):
        self.bind(site, value)
        return value

    def argument(self, site, value):
        """A function calls an array by a name of its own."""
        if isinstance(value, np.ndarray):
            known = self.arguments.setdefault(self.see(value).key, [])
            if len(known) < 8 and self.sites[site].name not in known:
                known.append(self.sites[site].name)

    def held_in(self, site, array, name):
        """An array is an element of something that has a name."""
        known = self.elements.setdefault(self.see(array).key, [])
        if len(known) < 4 and all(expression != name for _, expression in known):
            known.append((site, name))

    def opened(self, site, base, place):
        if isinstance(base, np.ndarray):
            self.touch(base)
            self.olds.append(self.entries_at(base, place) if self.by_entries and place is not None else None)
        else:
            self.olds.append(element(base, place))

    def stored(self, site, base, place):
        old, new = self.olds.pop() if self.olds else None, element(base, place)
        if isinstance(base, np.ndarray) and place is not None and single(base, place):
            self.written += 1
            new = self.replaced(base, place, self.held) if self.by_entries else None
        if isinstance(old, float) and isinstance(new, float):
            self.slot(site, self.cell(base, place), old, new)
        elif isinstance(old, list) and isinstance(base, np.ndarray):
            self.filled_with(site, base[place], old, self.held)
        elif self.by_entries and not isinstance(base, np.ndarray):
            self.placed(site, (self.lasting(base), place), old, new)
        if isinstance(base, np.ndarray):
            self.changed(site, base, "Store", [self.held])
            return
        try:
            value = self.held if isinstance(self.held, np.ndarray) else base[place]
        except (TypeError, KeyError, IndexError):
            return
        if isinstance(value, np.ndarray):
            self.named(site, self.see(value), called(self.sites[site].name, place))

    def before(self, site, subscript, base, place):
        inner = not subscript or not isinstance(base, np.ndarray)
        if subscript and inner:
            base = base[place] if place is not None else None
        if isinstance(base, np.ndarray):
            row = base if inner else place
            numbers = self.entries_at(base, ... if inner else place) if self.by_entries and row is not None else None
            self.olds.append(self.see(base) if numbers is None else numbers)
            self.touch(base)
        else:
            number = isinstance(base, (int, float)) and not isinstance(base, bool)
            self.olds.append(self.scalars.get(id(base), base if number else None))

    def after(self, site, subscript, base, place):
        old, op, name = self.olds.pop() if self.olds else None, self.sites[site].op[0], self.sites[site].name
        if subscript and isinstance(base, np.ndarray) and place is not None and single(base, place):
            self.written += 1
            if self.by_entries:
                new = self.replaced(base, place, base[place])
                self.floats.append((site, op, (old, self.held), new))
                self.slot(site, self.cell(base, place), old, new)
                return
        if subscript and isinstance(base, np.ndarray) and isinstance(old, list):
            self.moved_on(site, op, base[place], old)
            return
        if subscript and isinstance(base, np.ndarray):
            self.changed(site, base, "At" + op, [old, self.held])
            return
        if subscript and place is None:
            return
        owner = base
        whole = base[place] if subscript and not isinstance(base, np.ndarray) else base
        if isinstance(old, list) and isinstance(whole, np.ndarray):
            self.moved_on(site, op, whole, old)
            return
        if subscript:
            base, name = base[place], called(name, place)
        number = old.data if isinstance(old, Value) and old.number else old
        if isinstance(number, (int, float)) and isinstance(base, float):
            self.floats.append((site, op, (number, self.held), base))
            before = number if isinstance(number, float) else None       # of a whole number there are no two objects
            self.slot(site, (self.lasting(owner), place) if subscript else self.own(site, place), before, base)
            if number is old and id(self.held) not in self.scalars:
                return
        if self.by_entries and isinstance(old, (int, float)) and isinstance(base, np.ndarray):
            self.each_entry(site, op, (old, self.held), base)        # a sum that began as a number
        if isinstance(base, np.ndarray) and old is not None:
            if isinstance(old, Value) and old.root is self.root(base):
                old.root.turn += 1
            self.record(site, op, (old, self.held), base)
            self.named(site, self.see(base), name)
        elif isinstance(base, float) and (isinstance(old, (Value, float)) or id(self.held) in self.scalars):
            self.record(site, op, (old if old is not None else base, self.held), base)
            self.bind(site, base, None if subscript else place)


def element(base, place):
    """What a list or a dictionary holds at a place; None where there is nothing."""
    try:
        return base[place] if isinstance(base, (list, dict)) else None
    except (TypeError, KeyError, IndexError):
        return None


def called(name, place):
    """`grads["W" + str(i)]` by the index that it had: `grads['W1']`."""
    if isinstance(place, (int, str, np.integer)) and name.endswith("]"):
        depth = 0
        for at in range(len(name) - 1, -1, -1):
            depth += (name[at] == "]") - (name[at] == "[")
            if depth == 0:
                return f"{name[:at]}[{int(place) if isinstance(place, np.integer) else place!r}]"
    return name
