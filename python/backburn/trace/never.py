"""A weight that is never updated, though its gradient is computed: the mistake that hides a network from its readers.

The readers follow what is updated. A weight that is left out of the update, as by a wrong name in a list, is then taken for
a part of the data, and the layers behind it for a network without an input. It is one only if the script means to train it:
an array of its shape is made of the other parameters, as a product, has a name, and no update takes it.
"""
from .story import chains_of
from .tape import PRODUCTS
from .value import Value


def never_updated(tape):
    """What is to be said of such a weight; None where there is none."""
    chains = chains_of(tape)
    begun = [chain.seqs[1] for chain in chains if len(chain.versions) > 1]
    for chain in chains if begun else ():
        version = chain.versions[0]
        still = chain.kind == "W" and len(chain.versions) == 1 and not version.number and min(version.shape, default=0) > 0
        if not still or version.node in tape.tainted or chain.last < min(begun):
            continue
        gradient = gradient_of(tape, version, taken(tape, chains))
        if gradient is not None:
            place, name = tape.sites[chain.first[0]], tape.names.get(version.key) or tape.elements.get(version.key)
            name = f" {name[0][1]}" if name else ", as it is used there"
            return (f"{place.file}:{place.line}  {place.source}  uses a weight{name}, of which a gradient is computed, {gradient}, and no "
                    "update is made; update it like the others, or leave out its gradient")
    return None


def taken(tape, chains):
    """All that the updated parameters were made of."""
    made = {}
    for event in tape.events:
        made.setdefault(event.node, []).append(event)
    waiting = [version.node for chain in chains for version in chain.versions[1:]]
    seen = set(waiting)
    while waiting:
        for event in made.get(waiting.pop(), []):
            new = {item.node for item in event.ins if isinstance(item, Value)} - seen
            seen |= new
            waiting += new
    return seen


def gradient_of(tape, weight, used):
    """What the script calls a product that has the shape of a weight, is made of parameters, but not of this one, and is of no
    use; or None."""
    shapes = {weight.shape, weight.shape[::-1]}
    for event in tape.events:
        out, ins = event.out, event.ins[:2]
        if (event.op in PRODUCTS or event.op == "MatMult") and event.node not in used and out is not None and out.shape in shapes and len(weight.shape) == 2:
            tainted = all(isinstance(one, Value) and one.root is not weight.root for one in ins) and any(one.node in tape.tainted for one in ins)
            named = tape.names.get(out.key) or tape.elements.get(out.key)
            if tainted and named:
                return named[0][1]
    return None
