"""What one update leaves in the error of the next: a momentum on errors instead of on gradients.

The first update, where nothing is left yet, is right then, and it is the one that is judged; so that no later one was
judged has to be said.
"""
from .layer import Unclear
from .story import story_of
from .value import Value


def carried(story):
    """What is to be said of an error to which that of the update before is added."""
    try:
        first, second = story_of(story.tape, 0), story_of(story.tape, 1)
    except Unclear:
        return []
    errors = {len(layer.input) * layer.w0.shape[1] for layer in second.layers}
    parameters = {layer.w0.size for layer in second.layers} | {layer.w0.shape[1] for layer in second.layers}
    for event in second.inside:
        if event.op not in ("Add", "Sub", "AtAdd", "AtSub") or event.node not in second.ancestors:
            continue
        for item in event.ins:
            if isinstance(item, Value) and item.size in errors - parameters and left(item.node, first, second, 2):
                place = story.tape.sites[event.site]
                return [("carried-over", f"{place.file}:{place.line}  {place.source}  adds what the update before has left; "
                         "the first update is judged, where that is nothing yet, and no later one is")]
    return []


def left(node, first, second, deep):
    """Whether a node was made in the first update and not anew in the second, or is a multiple of such a one."""
    made = second.made.get(node, [])
    if not made:
        return node in first.down
    arrays = [[item for item in event.ins if isinstance(item, Value) and item.size > 1] for event in made
              if event.op in ("Mult", "Div", "Neg")]
    return deep > 0 and any(len(one) == 1 and left(one[0].node, first, second, deep - 1) for one in arrays)
