"""The best story that a tape holds: of several updates the one that shows most.
"""
import numpy as np

from .functions import EXACT, gap
from .layer import Fault, Gradient, Unclear, multiple
from .never import never_updated
from .rules import same_place
from .story import chains_of, story_of
from .value import Value


MOST_UPDATES = 20          # that are looked at: where single rows are learned, one shows as much as another


def told(tape):
    """The best story that the tape holds."""
    tips(tape)
    best, why = None, None
    moving = [len(chain.versions) for chain in chains_of(tape) if len(chain.versions) > 1]
    for t in range(min(MOST_UPDATES, max(1, min(moving, default=0) - 1))):
        try:
            story = story_of(tape, t)
        except Fault:
            if best is None:
                raise
            break
        except Unclear as unclear:
            why = why or str(unclear)
            continue
        found = [g for layer in story.layers for g in (layer.d_weight, layer.d_bias)]
        known = all(layer.function for layer in story.layers)
        worth = sum(g is not None for g in found), known, tells(story), int(np.count_nonzero(story.layers[0].input))
        if best is None or worth > best[0]:
            best = worth, story
        if len(story.p) > 1 and tells(story) and None not in found:
            break
    left_out = never_updated(tape) if best is None else None
    if left_out is not None:
        raise Fault(left_out)
    story = best[1] if best else None
    if story is not None and story.t > 0:
        without_momentum(tape, story)
    return story, why


def tells(story):
    """Whether an update tells its equations apart: from weights of zero all rows have one output, at which derivatives of the
    output are the same number for all of them; and what is zero has no gradient."""
    even = len(story.p) > 1 and np.ptp(story.p, axis=0).max() == 0
    return not even and moves(story) and bool(story.layers[0].input.any())


def moves(story):
    """Whether there is an error that could move a parameter."""
    answers = story.answers()
    return answers is None or bool((story.p != answers).any())


def without_momentum(tape, story):
    """Of a later update, what the step is a multiple of is a velocity, if there is one. The gradient is what is computed where
    the first update that moves the parameter has its gradient."""
    for number, layer in enumerate(story.layers):
        for kind in ("d_weight", "d_bias"):
            found = getattr(layer, kind)
            early, known = first_gradient(tape, story.t, number, kind)
            value = same_place(early, story, known.origin) if known is not None and found is not None else None
            first, now = (laid(one, found.array, layer, kind) for one in (known.origin, value)) if value is not None else (None, None)
            turned = 1 if early is None or early.update == story.update else -1
            scale = None if first is None or now is None else multiple(turned * known.array, first)
            by = None if scale is None else multiple(found.array, scale * now)
            if by is not None and (abs(by - 1) > EXACT or gap(scale * now, found.array) > EXACT):
                setattr(layer, kind, Gradient(value, scale * now, turned * known.multiple, known.rate, known.rule, value))


def laid(value, like, layer, kind):
    """A value as an array of the shape of a gradient; None where it has another number of entries."""
    array = value.get()
    if array is None or array.size != like.size:
        return None
    array = layer.weight(array) if kind == "d_weight" else np.reshape(np.asarray(array, float), like.shape)
    return array if array is not None and array.shape == like.shape else None


def first_gradient(tape, end, number, kind):
    """The first update before number `end` that moves a parameter by a gradient, and the gradient."""
    for t in range(end):
        try:
            early = story_of(tape, t)
        except Unclear:
            continue
        layer = early.layers[number] if number < len(early.layers) else None
        found = getattr(layer, kind) if layer is not None else None
        # Without an error or an input the step is what a penalty adds, and no gradient of the loss is in it.
        told_apart = found is not None and moves(early) and (kind == "d_bias" or layer.input.any())
        if told_apart and found.origin is not None:
            return early, found
    return None, None


def tips(tape):
    """Parameters that were updated and not used since: their last value is what their name holds now."""
    names, named = {}, {}
    for key, known in tape.names.items():
        names.setdefault(key[0], set()).update(name for _, name in known)
    for value in tape.values.values():
        if value.node in tape.tainted:
            for name in names.get(value.root.serial, ()):
                named.setdefault((name, value.shape), []).append(value)
    for chain in {id(chain): chain for chain in tape.chains.values()}.values():
        version = chain.versions[-1]
        if len(chain.versions) > 1 or version.number or chain.versions[0].node in tape.tainted:
            continue
        root, array = version.root, version.root.array()
        if array is not None and root.turn > version.turn and (root.serial, root.turn) in tape.tainted:
            now = Value(root, root.turn, version.offset, version.shape, version.strides, version.dtype)
            now = tape.values.setdefault(now.key, now)
            now.seq = next((event.seq for event in reversed(tape.events) if event.node == now.node), now.seq)
            chain.versions.append(now)
            chain.seqs.append(tape.seq + 1)
            continue
        alike = [value for name in names.get(root.serial, ()) for value in named.get((name, version.shape), ())]
        after = [value for value in alike if value.seq > chain.last and follows(tape, value, version)]
        if after:
            chain.versions.append(min(after, key=lambda value: value.seq))
            chain.seqs.append(tape.seq + 1)


def follows(tape, value, version):
    serial = value.root.serial
    for _ in range(60):
        serial = tape.successor.get(serial)
        if serial == version.root.serial:
            return True
        if serial is None:
            return False
    return False
