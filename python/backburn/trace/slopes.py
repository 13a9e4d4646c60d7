"""Slopes: whether what a script goes down by is the gradient of a loss, told by differences alone.

A parameter is moved by ±h·V, and the loss of the outputs that this makes is L(±h). With a gradient G the central difference
(L(h) − L(−h)) / 2h is ⟨G, V⟩ up to h², whatever the functions in between. What a script goes down by may be any one positive
multiple of G, since a rate, a mean or a half are parts of it; it is one multiple for all parameters. A penalty on the weights,
which no output shows, adds a multiple of them.
"""
import numpy as np

MOST_DIRECTIONS = 3        # of one parameter
MOVED = {"f4": (1e-2, 2e-2), "f8": (1e-5, 1e-4)}     # by how much of its size a parameter is moved, and how exact a slope is
LEAST = 1e-2               # the size of a parameter of zeros
ROUNDED = 20               # roundings of one number on its way to the outputs
CORNER = 10                # times the slopes on both sides differ, so that little is told at a corner of several units
TOLD = 0.1                 # so much of a slope may be rounding where it tells anything


class Slopes:
    """The slopes of the losses of a pass along random directions, beside those that the script's own gradients give."""

    def __init__(self, parts, directions, answers, losses, still, outcome):
        self.directions, self.answers, self.losses, self.outcome = directions, answers, losses, outcome
        self.still = self.of_outcome(still)      # what the losses are where nothing is moved
        single = any(part.value.dtype == np.float32 for part in parts)
        self.h, self.exact = MOVED["f4" if single else "f8"]
        self.eps = float(np.finfo(np.float32 if single else float).eps)
        self.rows = [row for n, part in enumerate(parts) for row in self.along(n, part)]
        self.parts = list(dict.fromkeys(row[0] for row in self.rows))
        self.unused = [part for part in parts if part.weight and part not in self.parts]

    def along(self, number, part):
        """For each direction of a part: (part, ⟨own, V⟩, ⟨value, V⟩ of a weight, the size that the first has mostly, slopes)."""
        random, value = np.random.RandomState(number), np.asarray(part.value, float)
        size = max(float(np.sqrt(np.mean(value ** 2))), LEAST)
        for _ in range(min(self.directions, value.size)):
            v = size * random.standard_normal(value.shape)
            ends = [self.outcome(part, sign * self.h * v) for sign in (1, -1)]
            if None in ends:
                return
            up, down = map(self.of_outcome, ends)
            slopes = {name: self.slope(*(ends[name] for ends in (down, self.still, up)))
                      for name in up if name in down and name in self.still}
            yield part, float(np.vdot(part.own, v)), float(np.vdot(value, v)) * part.weight, size * float(np.linalg.norm(part.own)), slopes

    def slope(self, down, still, up):
        """The central difference of a loss and how far it may be from the slope: by rounding, and, at a corner such as that of a
        relu at zero, by what the slopes on both sides differ by."""
        bend = abs(up[0] - 2 * still[0] + down[0]) / self.h
        return (up[0] - down[0]) / (2 * self.h), ROUNDED * self.eps * up[1] / self.h + CORNER * bend

    def of_outcome(self, outcome):
        """The losses of one pass by name, each with the size of what is rounded in it: those of its outputs that the script may
        mean, and its own numbers. What is below zero is no loss."""
        p, numbers = outcome
        found, y = {f"number {n}": (number, number) for n, number in numbers.items() if number > 0}, self.answers
        if y is not None and p is not None and y.shape == p.shape:
            with np.errstate(all="ignore"):
                each = {"sse": (p - y) ** 2, "ce": np.where(y > 0, -y * np.log(p), 0),
                        "bce": np.where(y > 0, -y * np.log(p), 0) - np.where(y < 1, (1 - y) * np.log(1 - p), 0)}
            found.update({name: (float(np.sum(each[name])), float(np.linalg.norm(each[name]))) for name in self.losses or each})
        return {name: pair for name, pair in found.items() if np.isfinite(pair).all()}

    def verdict(self):
        """Whether all parts go down one loss, or which of them do, under the loss for which most do. Left out are parts of which the
        slopes cannot be told, as at the corner of a relu, and a bias that the pass does not use as an array."""
        nothing = {"agrees": False, "loss": "", "right": [], "untold": [], "off": {}}
        if self.unused or not self.rows:
            return nothing
        names = [name for name in self.rows[0][-1] if all(name in row[-1] for row in self.rows)]
        fits = [self.fitted(name) for name in names]
        whole = next((fit for fit in fits if len(fit["right"]) == len(self.parts)), None)
        whole = whole or next((fit for fit in fits if fit["agrees"]), None)
        return whole or max(fits, key=lambda fit: len(fit["right"]), default=nothing)

    def fitted(self, name):
        """The verdict under one loss: the names of the parts that agree, of those that cannot be told, and by how much of its slopes
        each other part is off."""
        s, noise = np.array([row[-1][name] for row in self.rows]).T
        d, w, size = np.array([row[1:4] for row in self.rows]).T
        of = {part: np.array([row[0] is part for row in self.rows]) for part in self.parts}
        slopes = {part: (s[mine], d[mine], w[mine], size[mine], noise[mine]) for part, mine in of.items()}
        best = {"agrees": False, "loss": name, "right": [], "untold": [], "off": {}}
        for c in {c for one in slopes.values() for c in multiples(*one[:3]) if c > 0}:
            fits = [part for part, one in slopes.items() if self.fits(c, *one) and self.tells(c, *one)]
            untold = [part for part, one in slopes.items() if self.fits(c, *one) and not self.tells(c, *one)]
            whole = len(fits) + len(untold) == len(of)
            rows = sum(int(of[part].sum()) for part in fits if size[of[part]].any())     # one multiple fits any one of them
            if len(fits) > len(best["right"]) and rows >= (2 if whole else 3):
                off = {part.name: self.apart(c, *one[:3]) for part, one in slopes.items() if part not in fits + untold and self.is_off(c, *one)}
                best = {"agrees": whole, "loss": name, "right": [part.name for part in fits], "untold": [part.name for part in untold], "off": off}
        return best

    def fits(self, c, s, d, w, size, noise):
        """Whether the slopes of a part are so many times its own, as exactly as they can be told."""
        return np.all(np.abs(without_penalty(s - c * d, w)) <= self.exact * c * size + noise)

    def tells(self, c, s, d, w, size, noise):
        """Whether the slopes of a part are exact enough to tell anything; a part of zeros has none."""
        return np.all((noise <= TOLD * c * size) | (size == 0))

    def is_off(self, c, s, d, w, size, noise):
        """Whether a part goes another way, and not the right one with a rate of its own."""
        own_rate = any(by > 0 and self.fits(by, s, d, w, size, noise) for by in multiples(s, d, w))
        return not own_rate and np.any(np.abs(s - c * d) > noise / TOLD)

    def apart(self, c, s, d, w):
        """What is left of slopes, in shares of them."""
        return float(np.linalg.norm(without_penalty(s - c * d, w)) / max(np.linalg.norm(s), 1e-300))


def multiples(s, d, w):
    """What all gradients may be multiplied with, as one parameter tells it, without a penalty and with one."""
    found = [np.vdot(s, d) / np.vdot(d, d)] if d.any() else []
    if len(s) > 2 and w.any():
        found.append(np.linalg.lstsq(np.stack([d, w], axis=1), s, rcond=None)[0][0])
    return found


def without_penalty(left, w):
    """What is left of slopes less what a penalty adds to the gradient, if it pulls the weights towards zero."""
    by = np.vdot(left, w) / np.vdot(w, w) if len(w) > 1 and w.any() else 0
    return left - by * w if by < 0 else left

