"""Parameters, while the script runs: which arrays are multiplied with data, and become others.

A parameter is a chain of versions: an array that goes into a product, and later another one, made of products, that goes into
the same product at the same place. The script ends when each of them has been updated twice. The tape (`tape.py`), which
stands on this, tells of every product and every sum.
"""
import numpy as np

from .value import Chain, Root, Value


class Stop(BaseException):
    """Ends the script: what was to be seen has been seen, or its time is over."""


class Parameters:
    """The chains of versions that were seen so far."""

    def __init__(self, sites, give_up):
        self.sites = sites
        self.give_up = give_up                   # ends the process of a script that catches every exception
        self.seq, self.serial = 0, 0
        self.chains, self.successor, self.tainted, self.products = {}, {}, set(), {}
        self.stopping, self.ignored = None, 0
        self.threshold = None                    # where a sum of weights is compared with a number
        self.at_place = {}                       # the last chain that began at a place
        self.used = set()                        # the roots that went into products, whole or in parts
        self.scaled = False                      # whether an array was multiplied with a number
        self.times_number, self.columns = set(), False   # the results of that, and whether two of them were added
        self.by_numbers = False                  # whether a number times an array of data is a product, too
        self.spread = {}                         # what was copied to every row of an array by a product with ones
        self.heavy = []                          # the last large arrays that went into products, kept alive

    def lone_number(self, number):
        """A number as a value that nothing else is known by."""
        self.serial += 1
        root = Root.__new__(Root)
        root.serial, root.turn, root.strong, root.weak = self.serial, 0, None, None
        value = Value(root, 0, 0, (), (), np.dtype(float))
        value.data, value.number, value.seq = number, True, self.seq
        return value

    def product(self, site, ins, result):
        pair = [item for item in ins[:2] if isinstance(item, Value)]
        copied = [one for one, other in zip(pair, pair[::-1]) if ones(other) and one.size < result.size]
        if len(pair) == 2 and copied and copied[0].size in result.shape:
            self.spread[result.node] = copied[0]
            if copied[0].node in self.tainted:
                self.tainted.add(result.node)
            return
        self.tainted.add(result.node)
        if len(pair) == 2:
            self.products[result.node] = self.seq
            for array in (value.root.array() for value in pair if value.root.weak is not None):
                if not any(array is known for known in self.heavy):
                    self.heavy = (self.heavy + [array])[-2:]
            for slot, value in enumerate(pair):
                self.use((site, slot), "W", value, lone(pair[1 - slot]))

    def widened(self, ins, result):
        """An array times ones is that array, copied to every row."""
        for one, other in (ins, ins[::-1]):
            arrays = isinstance(one, Value) and isinstance(other, Value) and one.shape and other.shape
            if arrays and ones(other, 1) and other.dtype.kind == "f" and (one.size < result.size or other.size == 1):
                self.spread[result.node] = one

    def addition(self, site, ins, result):
        for slot, other in ((1, ins[0]), (0, ins[1])):
            value = ins[slot]
            value = self.spread.get(value.node, value) if isinstance(value, Value) else value
            if isinstance(other, Value) and isinstance(value, Value) and other.node in self.products and value.size > 0:
                if not value.number and value.node not in self.products:
                    self.use((site, slot), "b", value, False)
                self.products.setdefault(result.node, self.seq)
            if isinstance(other, Value) and other.node in self.products and not self.sites[site].constant[slot]:
                number = isinstance(value, Value) and value.number and value.node not in self.products
                if isinstance(value, (int, float)) and not isinstance(value, bool) or number:
                    self.use_number((site, slot), value)

    def number_product(self, site, ins, result):
        """A number times an array of data, w·x: the weight of a line, if the program changes it. Gives what went into it."""
        for slot, (number, other) in ((0, ins[:2]), (1, ins[1::-1])):
            plain = isinstance(number, (int, float)) and not isinstance(number, bool)
            lone = isinstance(number, Value) and number.number or plain
            data = isinstance(other, Value) and not other.number and other.node not in self.tainted
            if lone and data and not self.sites[site].constant[slot]:
                self.moved(number, (site, slot))
                weight = self.use_number((site, slot), number, "W")
                self.products[result.node] = self.seq
                self.tainted.add(result.node)
                return [weight, other] if slot == 0 else [other, weight]
        return ins

    def moved(self, number, place):
        """Has a weight followed at a place, too, where it has been one at another since its last update."""
        if isinstance(number, int):              # Python has one object for all 0
            return
        same = lambda one: one is number or one.number and one.data is number
        known = (chain for chain in self.chains.values() if chain.kind == "W" and same(chain.versions[-1]))
        chain = next(known, None) if place not in self.chains else None
        if chain is not None:
            self.chains[place] = chain

    def use_number(self, place, number, kind="b"):
        """A number is added to a product, or times an array: the bias of one unit or its weight, if the program changes it."""
        chain = self.chains.get(place)
        if chain is None:
            value = number if isinstance(number, Value) else self.lone_number(number)
            chain = self.chains[place] = Chain(place, kind, value, self.seq, False)
        elif not isinstance(number, Value) or number.node == chain.versions[-1].node:
            chain.uses[-1] += 1
        elif chain.versions[0].node in self.tainted:
            pass                                 # as of z − max z: made of this pass, and no parameter
        elif number.node in self.tainted and all(number.node != known.node for known in chain.versions):
            chain.versions.append(number)
            chain.seqs.append(self.seq)
            chain.uses.append(1)
            if kind == "W":
                self.enough()
        chain.last = self.seq
        last = chain.versions[-1]
        self.chains[(last.root.serial, last.offset, last.size)] = chain
        return last

    def chain(self, value):
        serial, leaf = value.root.serial, (value.offset, value.size)
        for _ in range(60):
            chain = self.chains.get((serial, *leaf))
            if chain is not None:
                self.chains[(value.root.serial, *leaf)] = chain
                return chain
            serial = self.successor.get(serial)
            if serial is None:
                return None
        return None

    def use(self, place, kind, value, fresh):
        number = self.chains.get(place)          # a bias may begin as a number and become an array of one entry
        chain = number if number is not None and value.size == 1 else self.chain(value)
        self.used.add(value.root.serial)
        if chain is None:
            chain = self.grown(place, value) if kind == "b" else None
            self.chains[(value.root.serial, value.offset, value.size)] = chain or Chain(place, kind, value, self.seq, fresh)
        if chain is None:
            self.at_place[place] = self.chain(value)
            return
        if place == chain.before:                # the loop goes on where it began, and the other place only showed
            chain.first, chain.before = place, None
            back = next((t for t, known in enumerate(chain.versions) if known.node == value.node), None)
            if back is not None:                 # and it is what it was, so that what the other place had was another array
                for known in (chain.versions, chain.seqs, chain.uses):
                    del known[back + 1:]
        if chain.first != place:
            # A pass forward before the loop and another at its end: the parameter is followed where the loop uses it.
            once, moved = chain.uses == [1], value.node in self.tainted and value.node != chain.versions[0].node
            same = (value.shape, value.strides) == (chain.versions[0].shape, chain.versions[0].strides)
            if not (once and moved and same and place[1] == chain.first[1] and kind == chain.kind):
                return
            chain.first, chain.before = place, chain.first
        chain.last = self.seq
        if value.node == chain.versions[-1].node:
            chain.uses[-1] += 1
        elif value.node in self.tainted and chain.versions[0].node not in self.tainted:
            chain.versions.append(value)
            chain.seqs.append(self.seq)
            chain.uses.append(1)
            self.enough()

    def grown(self, place, value):
        """The chain of a bias that has become larger by its update, which gave it a row for each row of the batch."""
        chain, serial = self.at_place.get(place), value.root.serial
        for _ in range(60 if chain is not None and chain.versions[-1].size < value.size else 0):
            serial = self.successor.get(serial)
            if serial == chain.versions[-1].root.serial:
                return chain
        return None

    def enough(self):
        """Stops the script once every parameter that is updated has been updated twice; single rows go on a little."""
        moving = [chain for chain in set(self.chains.values()) if len(chain.versions) > 1]
        single = all(chain.fresh and chain.uses[0] == 1 for chain in moving if chain.kind == "W")
        wanted = 10 if single else 3
        counts = [len(chain.versions) for chain in moving]
        if min(counts) >= wanted or max(counts) > wanted + 1:
            self.stopping = "its parameters were updated twice"
            self.halt()

    def by_units(self):
        """Whether several weights of one shape are multiplied at one place and updated: the units of a layer, one by one."""
        places = {}
        for chain in {id(chain): chain for chain in self.chains.values()}.values():
            if chain.kind == "W" and len(chain.versions) > 1 and len(chain.versions[0].shape) == 1:
                places.setdefault((chain.first, chain.versions[0].shape), []).append(chain)
        return any(len(chains) > 1 for chains in places.values())

    def halt(self):
        self.ignored += 1
        if self.ignored > 1000:                  # a bare `except:` in a loop eats every exception
            self.give_up()
        raise Stop(self.stopping)


def ones(value, fewest=2):
    """Whether a value is a column or a row of so many ones or more."""
    return lone(value) and value.size >= fewest and value.data is not None and bool((value.data == 1).all())


def lone(value):
    """Whether a value is one row."""
    return len(value.shape) < 2 or 1 in value.shape
