"""What is wrong beside the equations: a bias that is added too late and is zero yet, rows that come in the order of their
classes, and a printed loss that is another number.

All are shown by the arrays themselves. That rows are never shuffled is said only where the batches of successive updates
are successive pieces of one array whose labels are grouped by class. That a loss is none is said where classes pick whole
rows of the prediction: `p[y]` is a matrix with a row of p for each label, not the entries p[i, y[i]]; likewise `p[rows, y]`, where y is a
column, is a matrix with an entry for every pair of rows.
"""
import numpy as np

from .layer import Unclear, numbers
from .story import story_of
from .value import Value


def mistakes(story):
    """What is wrong, as {name: (site, numbers)}."""
    found = {}
    for layer in story.layers:
        if layer.late is not None and not numbers(layer.late[0]).any():   # others are seen in the gradients
            found.setdefault("bias-after-activation", (layer.late[1], {}))
    order = never_shuffled(story)
    if order is not None:
        named = story.tape.names.get(story.y_value.key)
        found["never-shuffled"] = named[0][0] if named else story.compare.site, order
    for event in story.inside:
        picked = picks_rows(story, event)
        if picked is not None:
            found.setdefault("loss-picks-rows", (event.site, picked))
    return found


def never_shuffled(story):
    """How many rows and classes there are, where the rows come sorted by class, batch after batch."""
    value = story.y_value
    whole = None if value is None else value.root.array()
    if whole is None or whole.size < 4 * value.size or whole.dtype.kind not in "fiub" or whole.ndim > 2:
        return None
    outputs = story.p.shape[1]
    if outputs > 1 and whole.ndim == 2 and outputs in whole.shape:
        labels = np.asarray(whole if whole.shape[1] == outputs else whole.T).argmax(axis=1)
    else:
        labels = np.asarray(whole).reshape(-1)
    kinds = len(np.unique(labels))
    if not 2 <= kinds <= len(labels) // 4 or np.count_nonzero(labels[1:] != labels[:-1]) != kinds - 1:
        return None
    places = [(value.offset, value.size * value.dtype.itemsize)]
    for t in range(story.t + 1, story.t + 10):
        try:
            after = story_of(story.tape, t).y_value
        except Unclear:
            break
        if after is None or after.root is not value.root:
            return None
        places.append((after.offset, after.size * after.dtype.itemsize))
    follow = all(b[0] - a[0] == a[1] for a, b in zip(places, places[1:]))
    single = value.size in (1, outputs)
    return {"rows": len(labels), "classes": kinds} if follow and len(places) >= (5 if single else 2) else None


def picks_rows(story, event):
    """The numbers of a loss that takes rows of p where it means entries: what it comes to, and what it should be."""
    ins = event.ins if event.op == "Index" else []
    if len(ins) < 2 or not all(isinstance(item, Value) for item in ins) or ins[0].node not in story.down:
        return None
    p, y = numbers(ins[0]), numbers(ins[-1])
    same = p is not None and y is not None and p.shape == story.p.shape and np.array_equal(p, story.p)
    rows = same and len(ins) == 2 and event.out.size == p.size
    pairs = same and y.ndim == 2 and len(p) > 1 and event.out.size == len(p) ** 2
    if not (rows or pairs) or y.size != len(p) or p.shape[1] < 2 or not 0 <= y.min() <= y.max() < p.shape[1]:
        return None
    with np.errstate(all="ignore"):
        right = -np.mean(np.log(p[np.arange(len(p)), y.reshape(-1).astype(int)]))
        shown = -np.mean(np.log(numbers(event.out)))
    return {"is": float(shown), "should be": float(right)}
