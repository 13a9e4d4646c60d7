"""Which of my equations is wrong? The gradient check of backburn, in a script or a notebook.

    import backburn
    backburn.gradcheck(locals())                                    # x, y, W1, b1, dW1, db1, … as they are called
    backburn.gradcheck(x=x, y=y, params=params, grads=grads, loss="ce")
    backburn.check(loss, grad, params)                              # any model, given as two functions

The first two name the mistake: they ask the program `backburn gradcheck`, which comes with this package. The third
compares with central differences and says which tensor is wrong, and where.
"""
from ._check import Tensor, check
from ._verdict import Verdict, gradcheck

__all__ = ["Tensor", "Verdict", "check", "gradcheck"]
