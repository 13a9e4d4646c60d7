"""Names that newer numpy has dropped, put back for the run of the script, and said.
"""
import numpy as np


DROPPED = {
    "int": int, "float": float, "bool": bool, "object": object, "str": str, "complex": complex, "long": int,
    "unicode": str, "float_": np.float64, "complex_": np.complex128, "string_": np.bytes_, "unicode_": np.str_,
    "Inf": np.inf, "Infinity": np.inf, "infty": np.inf, "PINF": np.inf, "NINF": -np.inf, "NaN": np.nan,
    "product": np.prod, "cumproduct": np.cumprod, "alltrue": np.all, "sometrue": np.any, "row_stack": np.vstack,
    "asfarray": lambda a, dtype=float: np.asarray(a, dtype=dtype), "round_": np.round, "mat": np.asmatrix,
    "asscalar": lambda a: a.item(), "in1d": lambda *a, **k: np.isin(*a, **k), "trapz": getattr(np, "trapezoid", None),
    "msort": lambda a: np.sort(a, axis=0), "find_common_type": None,
}


def put_back(said):
    """Gives numpy the names that newer versions dropped, for this run; those that are used are said."""
    known = getattr(np, "__getattr__", None)

    def missing(name):
        if DROPPED.get(name) is not None:
            said.add(name)
            return DROPPED[name]
        if known is not None:
            return known(name)
        raise AttributeError(f"module 'numpy' has no attribute '{name}'")

    np.__getattr__ = missing
