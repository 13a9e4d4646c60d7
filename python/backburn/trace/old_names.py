"""Names that newer numpy and newer Python have dropped, put back for the run of the script, and said.
"""
import collections.abc
import errno
import importlib
import inspect
import itertools
import math
import os
import string
import sys
import time

import numpy as np


NUMPY = {
    "int": int, "float": float, "bool": bool, "object": object, "str": str, "complex": complex, "long": int,
    "unicode": str, "float_": np.float64, "complex_": np.complex128, "string_": np.bytes_, "unicode_": np.str_,
    "int0": np.intp, "uint0": np.uintp, "bool8": np.bool_, "object0": np.object_, "singlecomplex": np.complex64,
    "cfloat": np.complex128, "longfloat": np.longdouble, "Inf": np.inf, "Infinity": np.inf, "infty": np.inf,
    "PINF": np.inf, "NINF": -np.inf, "NaN": np.nan, "NAN": np.nan, "PZERO": 0.0, "NZERO": -0.0,
    "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all, "sometrue": np.any, "row_stack": np.vstack,
    "asfarray": lambda a, dtype=float: np.asarray(a, dtype=dtype), "round_": np.round, "mat": np.asmatrix,
    "asscalar": lambda a: a.item(), "in1d": lambda *a, **k: np.isin(*a, **k), "trapz": getattr(np, "trapezoid", None),
    "msort": lambda a: np.sort(a, axis=0), "rank": np.ndim, "set_string_function": lambda *a, **k: None,
    "disp": lambda text, *a, **k: print(text), "VisibleDeprecationWarning": DeprecationWarning,
    "ComplexWarning": RuntimeWarning, "RankWarning": RuntimeWarning,
}
ABSTRACT = {name: getattr(collections.abc, name) for name in collections.abc.__all__}
# By module: what Python had, and what does the same today.
PYTHON = {
    "time": {"clock": time.perf_counter},
    "collections": ABSTRACT,
    "string": {"letters": string.ascii_letters, "lowercase": string.ascii_lowercase, "uppercase": string.ascii_uppercase,
               "join": lambda words, by=" ": by.join(words), "split": lambda text, *by: text.split(*by)},
    "itertools": {"izip": zip, "imap": map, "ifilter": filter, "izip_longest": itertools.zip_longest},
    "sys": {"maxint": sys.maxsize, "setdefaultencoding": lambda name: None, "exc_clear": lambda: None},
    "os": {"getcwdu": os.getcwd, "errno": errno},
    "inspect": {"getargspec": lambda function: inspect.getfullargspec(function)[:4]},
    "fractions": {"gcd": math.gcd},
}


def put_back(said):
    """Gives modules the names that newer versions dropped, for this run; those that are used are said."""
    give(np, "np", NUMPY, said)
    for name, known in PYTHON.items():
        give(importlib.import_module(name), name, known, said)


def give(module, called, names, said):
    known = getattr(module, "__getattr__", None)

    def missing(name):
        if names.get(name) is not None:
            said.add(f"{called}.{name}")
            return names[name]
        if known is not None:
            return known(name)
        raise AttributeError(f"module '{module.__name__}' has no attribute '{name}'")

    module.__getattr__ = missing
