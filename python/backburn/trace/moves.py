"""Moves: what a second run has to move, and what it has to look at, to say by itself what the gradients of a script are.

A derivative needs no reading of the equations: it is what a loss changes by when a parameter is moved. Where the equations of
a script were not understood, `moved.py` runs it once more and moves its parameters at the start of the pass that was judged.
Here it is written down which arrays these are, what the script takes for their gradients, and when its outputs and the
numbers that it makes of them are there: from the story of that pass, or, where the tape tells no story, from the tape alone.
Then the gradients are the steps, and the loss is a number that the script computes.
"""
import json

import numpy as np

from .layer import numbers
from .story import chains_of
from .value import Value

MOST_NUMBERS = 40          # that the script makes of its outputs, any of which may be its loss; the last ones


def moves_of(story):
    """The moves as arrays for a file; None where a parameter is no array, has no gradient, or was not kept."""
    parameters = [weight_of(story, l, layer) for l, layer in enumerate(story.layers, 1)]
    parameters += [bias_of(story, l, layer) for l, layer in enumerate(story.layers, 1) if layer.b1 is not None]
    outputs, answers = outputs_of(story), story.answers()
    if any(part is None for part in parameters) or outputs is None:
        return None
    losses = sorted({loss.replace("half-", "") for loss, *_ in story.losses})
    made = [event.seq for event in story.inside if event.out is not None and event.out.number and event.node in story.down]
    arrays = {"p": story.p, **{f"at{n}": at for n, (_, at) in enumerate(outputs)}}
    if answers is not None:
        arrays["answers"] = answers
    return packed(story.tape, parameters, made, story.start, arrays, outputs=[one for one, _ in outputs], losses=losses)


def moves_without_story(tape, t):
    """The moves of update number `t` where nothing is known but which parameters there are and what was added to them; None where
    the script makes no number of them."""
    chains = [chain for chain in chains_of(tape) if len(chain.versions) > t + 1]
    weights = [chain for chain in chains if chain.kind == "W"]
    if not weights:
        return None
    used = {chain.seqs[t] for chain in weights}
    if not any(several(event) for event in tape.events if event.seq in used):
        return None                              # of one row and one output any error is a multiple of any other
    start, end = min(chain.seqs[t] for chain in chains), min(chain.seqs[t + 1] for chain in weights)
    made = [event.seq for event in tape.events if start < event.seq < end and event.out is not None and event.out.number
            and event.node in tape.tainted]
    counts, parameters = {"W": 0, "b": 0}, []
    for chain in sorted(chains, key=lambda chain: chain.seqs[t]):
        counts[chain.kind] += 1
        before, after = (numbers(version, np.asarray) for version in chain.versions[t:t + 2])
        if before is None or after is None or np.shape(before) != np.shape(after):
            return None
        parameters.append(parameter(tape, f"{chain.kind}{counts[chain.kind]}", chain, t, before, after - before, 1.0))
    if not made or None in parameters or not all(np.isfinite(own).all() for _, _, own in parameters):
        return None
    return packed(tape, parameters, made, start, {}, outputs=[], losses=[])


def several(event):
    """Whether a product has a factor of several rows beside its weight."""
    return event.out is not None and all(isinstance(one, Value) and min(one.shape, default=0) > 0 for one in event.ins[:2]) \
        and event.out.size > 1 and any(len(one.shape) == 2 and min(one.shape) > 1 for one in event.ins[:2])


def packed(tape, parameters, made, start, arrays, **said):
    """The moves as arrays: `made` holds when the script makes numbers of its outputs, `start` when the pass begins."""
    for part, value, gradient in parameters:
        arrays[f"value {part['name']}"], arrays[f"gradient {part['name']}"] = value, gradient
    known = sorted((part for part, *_ in parameters), key=lambda part: part["seq"])
    said.update(parameters=known, numbers=made[-MOST_NUMBERS:], start=start, by_numbers=tape.by_numbers)
    at = {event.seq: event for event in tape.events if event.seq in set(said["numbers"])}
    arrays["numbers"] = np.array([float(at[seq].out.data) for seq in said["numbers"]])
    said["places"] = [tape.sites[at[seq].site].place() for seq in said["numbers"]]
    return {"said": np.array(json.dumps(said)), **arrays}


def weight_of(story, l, layer):
    """A weight with what the script goes down by, laid out as it is in the script."""
    value, gradient = numbers(layer.chain.versions[story.t], np.asarray), layer.d_weight
    if value is None or gradient is None:
        return None
    turned = value.ndim == 2 and not (layer.right and layer.op != "inner")
    array = gradient.array.T if turned else gradient.array
    return parameter(story.tape, f"W{l}", layer.chain, story.t, value, array, gradient.multiple)


def bias_of(story, l, layer):
    value, gradient = numbers(layer.bias.versions[story.t], np.asarray), layer.d_bias
    if value is None or gradient is None:
        return None
    return parameter(story.tape, f"b{l}", layer.bias, story.t, value, gradient.array, gradient.multiple * layer.bias_sign)


def parameter(tape, name, chain, t, value, array, multiple):
    """What a parameter is known by when it is met again: its numbers, and the line that uses it first; with its numbers, and
    those that it goes down by, of which the array is a positive or negative multiple."""
    number = chain.versions[t].number
    if value.dtype.kind != "f" and not number or np.size(array) not in (1, value.size):
        return None
    used = next((event.site for event in tape.events if event.seq == chain.seqs[t]), chain.first[0])
    site = tape.sites[used]
    spread = np.full(value.shape, float(np.ravel(array)[0])) if np.size(array) == 1 else np.reshape(array, value.shape)
    known = {"name": name, "expression": called(tape, chain), "seq": chain.seqs[t], "number": number, **site.place()}
    return known, np.array(value), -np.sign(multiple) * spread


def called(tape, chain):
    """What the person calls a parameter, by preference a place that lasts, as no variable of a loop does."""
    keys = {version.key for version in chain.versions}
    known = [name for names in (tape.names, tape.elements) for key in keys for _, name in names.get(key, [])]
    return next((name for name in known if "[" in name or "." in name), (known or [None])[0])


def outputs_of(story):
    """For each pass forward when its outputs are there and where in memory, and which of them stands where in rows; None where
    that is not known."""
    found, last = [], story.layers[-1]
    width = last.w0.shape[1]
    for value in story.predictions:
        made = story.made.get(value.node)
        array = numbers(value, np.asarray)
        if not made or array is None:
            return None
        at = last.rows(np.arange(array.size).reshape(array.shape), width).astype(int)
        found.append(({"seq": made[-1].seq, "number": value.number, "offset": value.offset, "shape": value.shape,
                       "strides": value.strides, "dtype": str(value.dtype)}, at))
    return found
