"""The rule of the update, judged apart from the gradients: momentum, Adam, and sums that are never set to zero.

Two updates decide. With s₀ and s₁ the steps of a parameter and g₀ and g₁ the program's own gradients, right or wrong:

- momentum is s₁ = a·g₁ + b·s₀ with 0 ≤ b < 1 (Polyak 1964; of Nesterov's form b is μ²/(1 + μ)). A negative b is a velocity
  that is subtracted, and b ≥ 1 is a step that is added again whole: an accumulator that nobody sets to zero.
- Adam is s = −α·k(t)·m / √v with k(t) = √(1 − β₂ᵗ) / (1 − β₁ᵗ) (Kingma and Ba 2015, section 2). From m and v, which follow
  from g₀, g₁ and the numbers of the script, the ratio k(2)/k(1) is read off the steps to many digits.

- A velocity of which no step is made is v₁ = a·g₁ + b·v₀ beside s₁ = c·g₁.

What fits none of these is not judged, since there are more rules than these.
"""
import itertools

import numpy as np

from .functions import EXACT, gap
from .layer import Multiples, Unclear, multiple, numbers, rounding
from .story import story_of
from .value import Value

EXACT_ENOUGH = 1e-3        # a coefficient that may be off by more tells no momentum
ROUGH = 3e-4               # the ε of Adam moves its steps by less than this
MOST = 60                  # updates that a wrong count of steps is looked for in


class Updates:
    """Two updates of one parameter: its steps and the gradients that were made for them."""

    def __init__(self, first, second, chain, site, known=None):
        self.first, self.second, self.site, self.chain = first, second, site, chain
        before, middle, after = (numbers(chain.versions[first.t + n]) for n in range(3))
        self.steps, self.from_zero = (middle - before, after - middle), not before.any()
        self.noise = rounding(before, self.steps[1], chain.versions[0].dtype)
        self.slack = min(1e-3, max(EXACT, self.noise))
        early = known or gradient_of(first, self.steps[0])
        late = None if early is None else same_place(first, second, early)
        self.gradients = None
        if late is not None and laid(late, self.steps[1].shape) is not None:
            self.gradients = laid(early, self.steps[0].shape), laid(late, self.steps[1].shape)


def gradient_of(story, step):
    """The earliest array of a first update that its step comes from: a multiple of it, or, where all entries of the step
    are of one length as in Adam's, an array of the same signs and of other lengths."""
    values = [one for one in story.sizes.get(step.size, {}).values() if one.node in story.made and one.node in story.ancestors]
    pairs = [(one, laid(one, step.shape)) for one in sorted(values, key=lambda one: one.seq)]
    pairs = [(one, array) for one, array in pairs if array is not None and array.any() and np.isfinite(array).all()]
    length = np.abs(step)
    if step.size > 3 and np.ptp(length) < 0.1 * length.max():
        for one, array in pairs:
            turned = np.sign(array) * np.sign(step)
            if np.ptp(np.abs(array)) > 0.1 * np.abs(array).max() and np.ptp(turned) == 0 and turned.any():
                return one
    multiples = Multiples(step, EXACT)
    return next((one for one, array in pairs if multiples.of(array) is not None), None)


def laid(value, shape):
    """A value as an array of this shape, turned if it has to be."""
    array = value.get()
    if array is None or array.dtype.kind not in "fiu" or array.size != int(np.prod(shape)):
        return None
    array = np.asarray(array, dtype=float)
    fits = array if array.shape == shape else array.T if array.T.shape == shape else None
    flat = max(array.shape, default=1) == array.size
    return array.reshape(shape) if fits is None and flat else fits


def same_place(first, second, value):
    """What the second update computes where the first computed `value`."""
    site = first.site_of(value)

    def made(story):
        all_of_size = story.sizes.get(value.size, {}).values()
        mine = [one for one in all_of_size if one.shape == value.shape and story.site_of(one) == site
                and one.node in story.made]
        return sorted(mine, key=lambda one: one.seq)

    early, late = made(first), made(second)
    if site is None or value not in early or len(early) != len(late):
        return None
    return late[early.index(value)]


def mistakes(story):
    """What is wrong with the rule of the update, as {name: (site, numbers)}."""
    found = {}
    for site, times in list(story.repeated.values())[:1]:
        found["updated-twice"] = site, {"times": times}
    try:
        first, second = story_of(story.tape, 0), story_of(story.tape, 1)
    except Unclear:
        return found
    for updates in parameters(first, second):
        for name, numbers_of in one(updates):
            found.setdefault(name, (updates.site, numbers_of))
    return found


def parameters(first, second):
    """The updates of every parameter whose gradient is an array of the program, weights first."""
    pairs = [(layer.chain, layer.d_weight) for layer in first.layers]
    pairs += [(layer.bias, layer.d_bias) for layer in first.layers]
    for chain, gradient in pairs:
        whole = chain is not None and len(chain.versions) > first.t + 2
        if whole and gradient is not None:
            if all(numbers(chain.versions[first.t + n]) is not None for n in range(3)):
                known = gradient.value if gradient.rule == "adaptive" else None
                yield Updates(first, second, chain, second.last_site(chain.versions[first.t + 2].node), known)


def one(updates):
    """What is wrong with the updates of one parameter, as (name, numbers)."""
    finite = all(np.isfinite(step).all() and step.any() for step in updates.steps)
    if not finite:
        return
    if kept(updates):
        yield "gradient-not-reset", {}
        return
    if updates.gradients is None or not all(np.isfinite(g).all() and g.any() for g in updates.gradients):
        return
    s0, g0 = updates.steps[0], updates.gradients[0]
    c = multiple(s0, g0)
    if c is not None and gap(c * g0, s0) < updates.slack:
        yield from momentum(updates)
        yield from without_memory(updates)
        if unused(updates):
            yield "velocity-unused", {}
    else:
        yield from adam(updates)


def momentum(updates):
    (s0, s1), g1 = updates.steps, updates.gradients[1]
    along = float(np.vdot(s0, g1)) ** 2 / float(np.vdot(s0, s0) * np.vdot(g1, g1))
    across = np.sqrt(max(0.0, 1 - along))        # the sine of the angle between the two
    if s0.size < 3 or across == 0:
        return
    terms = np.stack([g1.ravel(), s0.ravel()], axis=1)
    (a, b), *_ = np.linalg.lstsq(terms, s1.ravel(), rcond=None)
    rest = gap(a * g1 + b * s0, s1)
    error = max(rest, updates.noise) / across    # by so much b may be off
    if a == 0 or rest > updates.slack or error > EXACT_ENOUGH or updates.from_zero and not carried(updates):
        return
    if b < -10 * error:
        yield "momentum-sign", {"momentum": float(b)}
    elif b > 1 - 10 * error:
        yield "gradient-not-reset", {"momentum": max(0.0, float(b) - 1)}


def carried(updates):
    """Whether something beside the parameter itself carries the first step into the second update: a parameter that began at
    zero is its own first step, and a penalty on it would look like momentum."""
    second, s0 = updates.second, updates.steps[0]
    own = {version.root.serial for version in updates.chain.versions}
    for value in second.sizes.get(s0.size, {}).values():
        if value.root.serial not in own and value.node in second.ancestors and value.node not in second.made:
            array = laid(value, s0.shape)
            k = None if array is None else multiple(s0, array)
            if k is not None and gap(k * array, s0) < updates.slack:
                return True
    return False


def unused(updates):
    """Whether a velocity is kept, v₁ = a·g₁ + b·v₀ with 0 < b < 1, of which no step is made: s₁ is a multiple of g₁ alone."""
    first, second, (g0, g1) = updates.first, updates.second, updates.gradients
    c = multiple(updates.steps[1], g1)
    if g0.size < 3 or c is None or gap(c * g1, updates.steps[1]) > updates.slack:
        return False
    for value in second.sizes.get(g1.size, {}).values():
        if value.node in second.ancestors or value.node not in second.made or not second.tape.names.get(value.key):
            continue
        before = same_place(second, first, value)
        v0, v1 = (None if one is None else laid(one, g1.shape) for one in (before, value))
        by = None if v0 is None or v1 is None else multiple(v0, g0)
        if by is not None and gap(by * g0, v0) < updates.slack:
            (a, b), *_ = np.linalg.lstsq(np.stack([g1.ravel(), v0.ravel()], axis=1), v1.ravel(), rcond=None)
            if EXACT_ENOUGH < b < 1 and gap(a * g1 + b * v0, v1) < updates.slack:
                return True
    return False


def without_memory(updates):
    """A momentum that multiplies this step's own gradient: in both updates the step is made of two unlike multiples of one
    gradient, or its rate is a sum of two numbers."""
    if updates.gradients[0].size < 3:
        return
    stories = updates.first, updates.second
    pairs = [parts(story, g, step) for story, g, step in zip(stories, updates.gradients, updates.steps)]
    for large, small in pairs[0]:
        same = any(abs(large / one - 1) < EXACT and abs(small / other - 1) < EXACT for one, other in pairs[1])
        if same and small < large and 0.3 < large < 1:
            yield "momentum-without-memory", {"momentum": float(f"{large:.9g}"), "rate": float(f"{small:.9g}")}
            return


def parts(story, g, step):
    """Pairs of numbers, the larger first, of which the sum times a gradient is the step."""
    whole, found = abs(multiple(step, g) or 0.0), []
    for event in story.inside:
        pair = event.ins if event.op in ("Add", "AtAdd") and event.node in story.ancestors else ()
        made = len(pair) == 2 and all(isinstance(item, Value) and item.node in story.made and item.size == g.size for item in pair)
        arrays = [laid(item, g.shape) for item in pair] if made else [None]
        by = [None if array is None else multiple(array, g) for array in arrays]
        if None not in by and all(gap(k * g, array) < EXACT for k, array in zip(by, arrays)):
            found.append(tuple(abs(k) for k in by))
    found += [ins for _, op, ins, _ in story.tape.floats if op == "Add" and all(type(item) is float for item in ins)]
    return [(max(pair), min(pair)) for pair in set(found) if whole and min(pair) > 0 and abs(sum(pair) / whole - 1) < EXACT]


def kept(updates):
    """Whether the gradient of the first update is still in the sum that makes the second: a value of the first update, a
    multiple of its step, is added to as it is, and the second step is the same multiple of what comes out."""
    first, second, (s0, s1) = updates.first, updates.second, updates.steps
    for event in second.inside:
        if event.op not in ("Add", "AtAdd") or event.node not in second.ancestors:
            continue
        old = event.ins[0] if event.ins else None
        if not isinstance(old, Value) or old.node in second.made or old.node not in first.made:
            continue
        root = second.tape.values.values()
        before = [one for one in root if one.node == old.node and one.size == s0.size]
        after = [one for one in root if one.root.serial == event.node[0] and one.size == s0.size and one.seq >= event.seq]
        for early, late in itertools.product(before[:3], after[-6:]):
            a0, a1 = laid(early, s0.shape), laid(late, s0.shape)
            k = None if a0 is None or a1 is None else multiple(s0, a0)
            if k is None or gap(k * a0, s0) > updates.slack:
                continue
            if gap(k * a1, s1) < updates.slack:
                return True
            terms = np.stack([a1.ravel(), s0.ravel()], axis=1)
            (a, b), *_ = np.linalg.lstsq(terms, s1.ravel(), rcond=None)
            if abs(a / k - 1) < 100 * updates.slack and 0 < b < 1 and gap(a * a1 + b * s0, s1) < updates.slack:
                return True
    return False


def adam(updates):
    """Adam with another correction than its own."""
    (s0, s1), (g0, g1) = updates.steps, updates.gradients
    live = (np.abs(g0) > 1e-6 * np.abs(g0).max()) & (np.abs(g1) > 1e-6 * np.abs(g1).max())
    if live.sum() < 4:
        return
    s0, s1, g0, g1 = s0[live], s1[live], g0[live], g1[live]
    known, fitting = rates(updates.second), []
    for b1, b2 in pairs(known):
        m0, v0 = (1 - b1) * g0, (1 - b2) * g0 ** 2
        m1, v1 = b1 * m0 + (1 - b1) * g1, b2 * v0 + (1 - b2) * g1 ** 2
        (k0, rest0), (k1, rest1) = length(s0, m0, v0), length(s1, m1, v1)
        if k0 and k1:
            rest = max(rest0, rest1)
            fitting += [(rest, abs(k0), abs(k1), b1, b2)] if rest < ROUGH else []
    least = min((fit[0] for fit in fitting), default=0.0)
    told = [list(correction(*fit[1:], known)) for fit in fitting if fit[0] <= 3 * least]
    if told and all([name for name, _ in one] == [name for name, _ in told[0]] for one in told):
        yield from told[0]


def length(s, m, v):
    """The k of a step k·m / (√v + ε), whatever its ε is, and how far the step is from it; 0 where it is none."""
    d, root = m / np.sqrt(v), np.sqrt(v)
    k = multiple(s, d) or 0.0
    if k and gap(k * d, s) > EXACT and np.ptp(root) > 1e-6 * root.max() and s.all():
        slope, base = np.polyfit(1 / root, d / s, 1)
        if base and slope / base > 0:
            return 1 / base, gap(d / (base + slope / root), s)
    return k, gap(k * d, s) if k else np.inf


def correction(k0, k1, b1, b2, known):
    """What two corrections say, whose ratio is k(2)/k(1) where they are right. `known` are numbers of the script."""
    def k(t, one=b1, two=b2):
        return np.sqrt(1 - two ** t) / (1 - one ** t)

    def like(ratio):
        return abs(k1 / k0 / ratio - 1) < ROUGH

    if b1 > b2:
        yield "adam-betas-swapped", {"first": b1, "second": b2}
    elif like(k(2) / k(1)):
        return
    elif like(1.0) and any(abs(k0 / k(1) / number - 1) < ROUGH for number in known):
        yield "adam-step-count", {"first": 1, "second": 1}
    elif like(1.0):
        yield "adam-bias-correction", {"times": float((1 - b1) / np.sqrt(1 - b2))}
    elif like((k(2) / k(1)) ** 2):
        yield "adam-corrected-twice", {"times": float(k(1))}
    elif like(k(2, b2, b1) / k(1, b2, b1)):
        yield "adam-betas-swapped", {"first": b1, "second": b2}
    else:
        counts = itertools.product(range(1, MOST), repeat=2)
        found = next(((t0, t1) for t0, t1 in counts if t1 > t0 and like(k(t1) / k(t0))), None)
        if found:
            yield "adam-step-count", {"first": found[0], "second": found[1]}


def pairs(known):
    """Two decay rates among the numbers of the script, the longer one for the squares first."""
    betas = sorted(number for number in known | {round(1 - n, 12) for n in known} if 0.3 < number < 1)[-12:]
    ordered = itertools.combinations(betas, 2)
    return [*ordered, *((b, b) for b in betas), *((b2, b1) for b1, b2 in itertools.combinations(betas, 2))]


def rates(story):
    """The numbers of the script between 0 and 1 that its update multiplies with or takes off."""
    return {float(item) for event in story.inside if event.op in ("Mult", "Sub", "AtMult", "Add") for item in event.ins
            if isinstance(item, (int, float)) and 0 < item < 1}
