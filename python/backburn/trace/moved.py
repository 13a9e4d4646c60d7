"""Moved: the script run once more up to the pass that was judged, again and again from there with a parameter moved a little.

What an update does to its loss is asked of the script itself (`slopes.py`). At the first use of a parameter in that pass
(`moves.py` says where) the process is copied for every move; the copy moves one parameter in place, goes on to the end of the
pass, leaves its outputs and the numbers that were made of them, and ends. Where the second run does not do what the first one
did, as with a generator that was seeded by the clock, nothing is said. Needs a system that can copy a process.
"""
import json
import os
import random
import signal
import time

import numpy as np

from .calls import Calls
from .functions import gap
from .slopes import MOST_DIRECTIONS, Slopes
from .value import Value

EARLY = 4                  # notes that one operation may write before its own
MOST_JOINED = 8            # arrays that are looked for in a tuple
UNUSED = 3                 # with which a copy ends that has not met its parameter
SAME = 1e-6                # so near is the second run to the first


class Copied(BaseException):
    """This process is a copy, which goes on with the script."""


class Part:
    """A parameter, and what the script goes down by."""

    def __init__(self, known, value, own):
        self.name, self.place, self.value, self.own = known["name"], (known["file"], known["line"]), value, own
        self.weight, self.number = self.name.startswith("W"), known["number"]
        self.unlike = value.size > 1 and np.ptp(value) > 0       # no other array has these numbers

    def met(self, item, place):
        """Whether this is the parameter, as it was in the first run."""
        if place != self.place and not self.unlike:
            return False
        if self.number:
            return isinstance(item, (int, float)) and not isinstance(item, bool) and item == self.value
        alike = isinstance(item, np.ndarray) and item.shape == self.value.shape and item.dtype == self.value.dtype
        return alike and np.array_equal(item, self.value)


class Moved(Calls):
    """The tape of the second run."""

    def __init__(self, sites, deadline, give_up, path, out):
        super().__init__(sites, deadline, give_up)
        with np.load(path, allow_pickle=False) as file:
            self.given = {name: file[name] for name in file.files}
        self.said, self.out = json.loads(str(self.given["said"])), out
        self.parts = [Part(one, *(self.given[f"{what} {one['name']}"] for what in ("value", "gradient"))) for one in self.said["parameters"]]
        self.outputs = {one["seq"]: n for n, one in enumerate(self.said["outputs"])}
        self.by_numbers = self.said["by_numbers"]
        self.wanted = max([*self.outputs, *self.said["numbers"]])
        self.waiting, self.moving, self.line = list(self.parts), None, None
        self.has_moved = False                   # whether the parameter was used that is to be moved
        self.logarithms = False                  # whether what is compared with the targets are those of the outputs
        self.numbers = []                        # that were moved, kept alive
        self.raw, self.made = {}, {}             # outputs and numbers of this pass

    # What the rewritten script calls: each operation is looked at before it is done.

    def binary(self, site, left, right):
        return super().binary(site, *self.meet(self.at(site), (left, right)))

    def call(self, site, function, *args, **words):
        args = self.meet(self.at(site), (*args, getattr(function, "__self__", None)))[:-1]
        return super().call(site, function, *args, **words)

    def before(self, site, subscript, base, place):
        self.line = self.at(site)
        super().before(site, subscript, base, place)

    def hold(self, value):
        alone = isinstance(value, (np.ndarray, float, int))
        return super().hold(self.meet(self.line, (value,))[0] if alone else value)   # what `z += b` adds

    def at(self, site):
        return self.sites[site].file, self.sites[site].line

    def meet(self, place, items):
        """What an operation is about to use, with the parameter moved whose turn it is: an array at its first use, for good; a
        number, which is no place, at every use."""
        if self.seq < self.said["start"] - EARLY or not self.waiting:
            return items
        return tuple([self.moved(place, item) for item in items])

    def moved(self, place, item):
        if isinstance(item, (tuple, list)) and len(item) <= MOST_JOINED:
            for array in item:                   # what is joined with another, as a weight with its bias
                self.moved(place, array if isinstance(array, np.ndarray) else None)
            return item
        part = next((one for one in self.waiting if one.met(item, place)), None)
        if part is None:
            return item
        if self.moving is None:
            self.begin()
        if not part.number:
            self.waiting.remove(part)
        if part is not self.moving[0]:
            return item
        self.has_moved = True
        if not part.number:
            item += self.moving[1]
            return item
        self.numbers.append(item + float(self.moving[1]))
        if id(item) in self.scalars:
            self.scalars[id(self.numbers[-1])] = self.scalars[id(item)]
        return self.numbers[-1]

    def begin(self):
        """Copies the process for every move, and ends it when all is said; what goes on from here is a copy."""
        try:
            found = self.found()
        except Copied:
            return
        with open(os.path.join(self.out, "moved.json"), "w", encoding="utf-8") as file:
            json.dump(found, file)
        os._exit(0)

    def found(self):
        """What the moves tell; nothing where the second run is another one than the first, or there is no time for them."""
        begun = time.monotonic()
        still = self.outcome(None, 0.0)
        now = time.monotonic()
        directions = min(MOST_DIRECTIONS, int((self.deadline - now) / (2 * len(self.parts) * (now - begun))))
        if directions < 1 or not self.repeated(still[0], np.array(list(still[1].values()))):
            return {"repeats": False}
        still = (np.exp(still[0]) if self.logarithms else still[0]), still[1]
        p = still[0]
        slopes = Slopes(self.parts, directions, self.given.get("answers"), self.said["losses"], still, self.outcome)
        verdict = slopes.verdict()
        verdict["agrees"] = verdict["agrees"] and (p is None or p.size > 1)      # of one output any error is a multiple
        names = {one["name"]: one["expression"] or one["name"] for one in self.said["parameters"]}
        places = {f"number {seq}": place for seq, place in zip(self.said["numbers"], self.said["places"])}
        return {"repeats": True, **verdict, "names": names, "place": places.get(verdict["loss"])}

    def repeated(self, p, numbers):
        """Whether this pass is what it was in the first run."""
        first = self.given.get("p")
        if p is None:
            return gap(numbers, self.given["numbers"]) < SAME
        if p.shape == first.shape and gap(p, first) > SAME and gap(np.exp(p), first) < SAME:
            self.logarithms, p = True, np.exp(p)
        return p.shape == first.shape and gap(p, first) < SAME

    def outcome(self, part, by):
        """The outputs, in rows, and the numbers of the pass with a part moved; None where the pass did not use it."""
        path, drawn = os.path.join(self.out, "pass.npz"), random.getstate()
        copy = os.fork()
        if copy == 0:
            self.moving = part, by
            random.setstate(drawn)               # which Python seeds anew in a copy
            if hasattr(signal, "SIGALRM"):
                signal.signal(signal.SIGALRM, signal.SIG_DFL)    # ends it, also where a library waits for ever
                signal.alarm(max(1, int(self.deadline - time.monotonic())))
            raise Copied
        ended = os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])
        if ended == UNUSED:
            return None
        if ended != 0:
            os._exit(1)
        with np.load(path) as file:
            raw = [file[f"raw{n}"] for n in range(len(self.outputs))]
            numbers = dict(zip(self.said["numbers"], file["numbers"]))
        if not raw:
            return None, numbers
        p = np.concatenate([np.ravel(one)[self.given[f"at{n}"]] for n, one in enumerate(raw)])
        return np.exp(p) if self.logarithms else p, numbers

    def write(self, site, op, ins, out, node):
        super().write(site, op, ins, out, node)
        if self.moving is None:
            return
        if self.seq in self.outputs:
            self.raw[self.outputs[self.seq]] = self.output(self.said["outputs"][self.outputs[self.seq]], out, node)
        if self.seq in self.said["numbers"]:
            self.made[self.seq] = float(out.data)
        if self.seq >= self.wanted:
            if self.moving[0] is not None and not self.has_moved:
                os._exit(UNUSED)
            numbers = np.array([self.made[seq] for seq in self.said["numbers"]])
            np.savez(os.path.join(self.out, "pass.npz"), numbers=numbers, **{f"raw{n}": array for n, array in self.raw.items()})
            os._exit(0)

    def output(self, known, out, node):
        """The outputs, where they were in memory in the first run."""
        if known["number"]:
            return np.array(float(out.data))
        root = next(root for root in self.roots.values() if root.serial == node[0])
        place = known["offset"], tuple(known["shape"]), tuple(known["strides"]), np.dtype(known["dtype"])
        return np.array(Value(root, root.turn, *place).get(), copy=True)

