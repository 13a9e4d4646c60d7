"""The best story that a tape holds: of several updates the one that shows most.
"""
import numpy as np

from .layer import Unclear
from .story import story_of
from .value import memory


def told(tape):
    """The best story that the tape holds."""
    tips(tape)
    best, why = None, None
    moving = [len(chain.versions) for chain in tape.chains.values() if len(chain.versions) > 1]
    for t in range(max(1, min(moving, default=0) - 1)):
        try:
            story = story_of(tape, t)
        except Unclear as unclear:
            why = why or str(unclear)
            continue
        worth = sum(g is not None for layer in story.layers for g in (layer.d_weight, layer.d_bias)), \
            int(np.count_nonzero(story.layers[0].input))
        if best is None or worth > best[0]:
            best = worth, story
        if len(story.p) > 1:
            break
    return (best[1] if best else None), why


def tips(tape):
    """Parameters that were updated and not used since: their last value is what their name holds now."""
    for chain in {id(chain): chain for chain in tape.chains.values()}.values():
        version = chain.versions[-1]
        if len(chain.versions) > 1 or chain.versions[0].node in tape.tainted:
            continue
        root, array = version.root, version.root.array()
        if array is not None and root.turn > version.turn and (root.serial, root.turn) in tape.tainted:
            view = np.ndarray(version.shape, version.dtype, memory(array), version.offset, version.strides)
            chain.versions.append(tape.see(view))
            chain.seqs.append(tape.seq + 1)
            continue
        mine = names_of(tape, version)
        after = [value for value in tape.values.values() if value.seq > chain.last and value.shape == version.shape
                 and value.node in tape.tainted and follows(tape, value, version) and mine & names_of(tape, value)]
        if after:
            chain.versions.append(min(after, key=lambda value: value.seq))
            chain.seqs.append(tape.seq + 1)


def names_of(tape, value):
    return {name for key, names in tape.names.items() if key[0] == value.root.serial for _, name in names}


def follows(tape, value, version):
    serial = value.root.serial
    for _ in range(60):
        serial = tape.successor.get(serial)
        if serial == version.root.serial:
            return True
        if serial is None:
            return False
    return False
