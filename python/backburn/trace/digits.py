"""How exactly the layers are what they were taken for: a function that is one to seven digits is said to be that one, and by
how much it is another.

A sigmoid of 2.71828 to the power of −z, or one with 1e-8 added to it, passes for a sigmoid, since float32 agrees no better. Its
derivative is that of the sigmoid to the same digits, and what a person makes of them is not for the tracer to decide.
"""
import numpy as np

from .functions import HIDDEN, SOFTMAXES, gap
from .layer import LARGE

ROUNDING = 1e-11           # of double precision, behind a few operations


def inexact(story):
    """The layers whose function is the known one to fewer digits than their type has, as conditions."""
    said, known = [], {**dict(HIDDEN), "softmax": SOFTMAXES[0][1]}
    for number, layer in enumerate(story.layers, 1):
        a = story.p if layer is story.layers[-1] else layer.a
        function = known.get(layer.function)
        whole = layer.mask is None and layer.late is None and layer.z is not None and layer.out.dtype != np.float32
        if function is None or not whole or a is None or a.dtype == np.float32 or a.shape != layer.z.shape or a.size > LARGE:
            continue
        with np.errstate(all="ignore"):
            off = gap(function(layer.z), a)
        if ROUNDING < off < 1e-5:
            said.append(("nearly-a-function", f"what layer {number} gives is {layer.function} to {int(-np.log10(off))} digits and no more, "
                         f"it is {off:.0e} of it off: a shortened e, as in 2.71828**-z, or a number added to it does that"))
    return said
