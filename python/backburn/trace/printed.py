"""Numbers that the script prints beside each other and that are no equals: a fraction beside a percentage, the sum of one
loss beside the mean of another, a loss of another batch than the one that is learned.

What is printed is known from the calls that make text of it. What a printed number is, is known by its value: an accuracy is
the count of a comparison over its size, and a loss is computed again from the outputs of the network on the rows that the
program gave it, also on rows that it does not learn from.
"""
import numpy as np

from .functions import HIDDEN, SOFTMAXES
from .layer import Unclear, numbers
from .shown import SAME, taken_up
from .story import story_of
from .tape import PRODUCTS
from .value import Value

COUNTS = {"sum": True, "count_nonzero": True, "mean": False, "average": False}   # whether they count or give the share
FOLLOWED = {"Mult", "Div", "round", "around", "round_", "float64"}   # what makes a percentage of a count
UPDATES = 3                # updates that are looked at
TARGETS = 40               # arrays that may hold the answers of other rows


def mistakes(story):
    """What is wrong between numbers that are printed, as {name: (site, numbers)}."""
    found = {}
    for look in (percentages, sums, other_batches):
        found.update(look(story))
    return found


# Accuracies.

def percentages(story):
    """A fraction and a percentage that are printed as if they were of one unit."""
    counted = counts(story.tape)
    units = {"fraction": {}, "percent": {}}
    for site, value, percent in story.tape.displays:
        origin, share = counted.get(value.node, (None, 0.0))
        shown = float(value.data)
        for unit, by, off in (("fraction", 1, 0.006), ("percent", 100, 0.51)):
            if share > 0 and abs(shown - by * share) <= off:
                units["percent" if percent else unit].setdefault(origin, (site, shown))
                break
    fractions, percents = ({node: units[unit][node] for node in units[unit] if node not in units[other]}
                           for unit, other in (("fraction", "percent"), ("percent", "fraction")))
    for site, fraction in fractions.values():
        for other, percent in percents.values():
            if other != site:
                return {"percent-beside-fraction": (site, {"is": fraction, "beside": percent,
                                                           "line": story.tape.sites[other].line})}
    return {}


def counts(tape):
    """{node of a number: (the comparison that it counts, what share of its entries is true)}."""
    compared, counted = {}, {}
    for event in tape.events:
        first = event.ins[0] if event.ins else None
        if event.op == "Compare" and event.out is not None:
            compared[event.node] = event.out
        elif event.out is not None and event.out.number and event.op in COUNTS:
            if isinstance(first, Value) and first.node in compared and first.size > 1:
                counted[event.node] = first.node, float(event.out.data) / (first.size if COUNTS[event.op] else 1)
        elif event.out is not None and event.out.number and event.op in FOLLOWED:
            known = next((item for item in event.ins if isinstance(item, Value) and item.node in counted), None)
            if known is not None:
                counted[event.node] = counted[known.node]
    return counted


# Losses.

def sums(story):
    """The sum of the losses of some rows, printed beside the mean of those of others."""
    printed = {id(value): (site, value) for site, value, _ in story.tape.displays}
    kinds = {}
    for one in stories(story.tape):
        own = [(one.p, one.answers(), True)] if one.answers() is not None else []
        for p, y, mine in own + [(p, y, False) for p, y in others(one)]:
            for form, reduction, value in losses(p, y) if len(p) > 2 else []:   # of two rows half the sum is the mean
                for site, shown in printed.values():
                    if value and abs(abs(float(shown.data)) / value - 1) < SAME:
                        kinds.setdefault((form, reduction, mine), (site, shown, len(p)))
    for (form, reduction, mine), (site, shown, rows) in kinds.items():
        other = kinds.get((form, "mean", not mine))
        if reduction == "sum" and other is not None and (form, "mean", mine) not in kinds:
            return {"sum-beside-mean": (shown.made, {"is": float(shown.data), "rows": rows, "beside": float(other[1].data),
                                                     "line": story.tape.sites[other[0]].line})}
    return {}


def losses(p, y):
    """The losses of outputs that are usual, as (form, reduction, value)."""
    m, k = p.shape
    with np.errstate(all="ignore"):
        ones = -np.sum(np.where(y > 0, y * np.log(p), 0))
        both = ones - np.sum(np.where(y < 1, (1 - y) * np.log(1 - p), 0))
        square = np.sum((p - y) ** 2)
    values = {"cross-entropy": ones if k > 1 else both, "square": square, "half of the square": square / 2}
    return [(form, reduction, float(value / by)) for form, value in values.items()
            for reduction, by in (("sum", 1), ("mean", m)) if np.isfinite(value)]


def others(story):
    """Outputs and answers of rows that the network is given and does not learn from."""
    first = story.layers[0]
    learned = {cycle[0].other.root.serial for cycle in story.cycles}
    found = []
    for event in story.inside:
        if event.op != "MatMult" and event.op not in PRODUCTS or len(event.ins) < 2:
            continue
        weight, x = event.ins[first.slot], event.ins[1 - first.slot]
        if not isinstance(weight, Value) or not isinstance(x, Value) or x.root.serial in learned:
            continue
        same = story.tape.chain(weight) is first.chain and weight.node == first.chain.versions[story.t].node
        array = numbers(x, first.rows) if same and len(x.shape) == 2 else None
        if array is not None and array.shape[1] == len(first.w0) and len(array) > 1:
            p = outputs(story, array)
            found += [] if p is None else [(p, y) for y in answers(story, p)]
    return found


def outputs(story, a):
    """What the network gives for rows; None where one of its functions is unknown."""
    known = {**dict(HIDDEN), "softmax": SOFTMAXES[0][1]}
    for number, layer in enumerate(story.layers):
        function = known.get(layer.function)
        if function is None or layer.mask is not None or layer.late is not None or number and layer.ones is not None:
            return None
        with np.errstate(all="ignore"):
            z = a @ layer.w0
            a = function(z if layer.b0 is None else z + layer.bias_sign * np.reshape(layer.b0, (1, -1)))
    return a


def answers(story, p):
    """The arrays of the update that may be the targets of these outputs, as rows like them."""
    (m, k), seen = p.shape, {}
    for event in story.inside:
        for item in event.ins:
            if isinstance(item, Value) and item.size in (m, m * k) and item.node not in story.down and len(seen) < TARGETS:
                seen.setdefault(item.key, item)
    for item in seen.values():
        y = item.get()
        if y is None or y.dtype.kind not in "fiub":
            continue
        y = np.asarray(y, dtype=float)
        if y.size == m * k and y.shape in ((m, k), (k, m), (m * k,)):
            yield (y if y.shape == (m, k) else y.T if y.shape == (k, m) else y.reshape(m, k))
        elif (y == np.round(y)).all() and y.min() >= 0 and y.max() < k:
            yield np.eye(k)[y.reshape(-1).astype(int)]


def other_batches(story):
    """A loss whose outputs are those of the batch before, though those of this batch are there."""
    known = stories(story.tape)
    for before, now in zip(known, known[1:]):
        y0, y1 = before.answers(), now.answers()
        if before.p_value is None or y0 is None or y1 is None or same_rows(before, now):
            continue
        right = losses(now.p, y1)
        odd = [losses(before.p, y0)] + ([losses(before.p, y1)] if y1.shape == y0.shape else [])
        forms = [(value, wanted) for some in odd for (*_, value), (*_, wanted) in zip(some, right) if value]
        spent = {id(item) for event in now.inside for item in event.ins if taken_up(now, event, item)}
        made = {before.p_value.node}
        for event in now.inside:
            if not any(isinstance(item, Value) and item.node in made for item in event.ins):
                continue
            made.add(event.node)
            number = event.out is not None and event.out.number and id(event.out) not in spent
            for value, wanted in forms if number else []:
                if abs(abs(float(event.out.data)) / value - 1) < SAME:
                    return {"loss-of-another-batch": (event.site, {"is": abs(float(event.out.data)), "should be": wanted})}
    return {}


def same_rows(one, other):
    a, b = one.layers[0].input, other.layers[0].input
    place = [(array.__array_interface__["data"], array.shape, array.strides) for array in (a, b)]
    return place[0] == place[1] or a.shape == b.shape and np.array_equal(a, b)


def stories(tape):
    """The first updates that can be read."""
    found = []
    for t in range(UPDATES):
        try:
            found.append(story_of(tape, t))
        except Unclear:
            break
    return found
