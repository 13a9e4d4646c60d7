"""The verdict of `backburn gradcheck` on arrays that a program holds."""
from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional

import numpy as np

LARGEST = 64 << 20    # numbers in one array, as the program allows


@dataclass
class Verdict:
    """What is wrong with a gradient. The fields are those of `backburn gradcheck --json`."""

    verdict: str
    """`right`, `mistaken` or `unexplained`."""
    mistakes: List[str] = field(default_factory=list)
    """The names of the mistakes, in the order in which to mend them."""
    alternatives: List[List[str]] = field(default_factory=list)
    """Other sets of mistakes that explain the gradient as well."""
    where: Dict[str, str] = field(default_factory=dict)
    """The place of each mistake."""
    fix: Dict[str, str] = field(default_factory=dict)
    """What to write instead of each mistake."""
    tensors: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    """Every gradient beside the truth: error, cosine, scale, worst entry."""
    assumed: Dict[str, str] = field(default_factory=dict)
    """What was not stated and is taken for granted."""
    notes: List[str] = field(default_factory=list)
    """What is worth knowing and no mistake."""
    text: str = ""
    """The verdict as the program prints it."""
    raw: Dict[str, Any] = field(default_factory=dict)
    """The whole object of `--json`."""

    @property
    def right(self) -> bool:
        """Whether the gradient is that of the loss."""
        return self.verdict == "right"

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><td><b>{html.escape(name)}</b></td><td>{html.escape(self.where.get(name, ''))}</td>"
                       f"<td><code>{html.escape(self.fix.get(name, ''))}</code></td></tr>" for name in self.mistakes)
        mistakes = f"<table><tr><th>mistake</th><th>where</th><th>write</th></tr>{rows}</table>" if rows else ""
        show = lambda value: "–" if value is None else f"{value:.3g}"
        rows = "".join(f"<tr><td>{html.escape(name)}</td>" + "".join(f"<td>{show(t.get(key))}</td>" for key in
                       ("error", "cosine", "scale")) + "</tr>" for name, t in self.tensors.items())
        tensors = f"<table><tr><th>gradient</th><th>error</th><th>cosine</th><th>scale</th></tr>{rows}</table>"
        headline = html.escape(self.text.split("\n", 1)[0])
        return f"<p><b>{headline}</b></p>{mistakes}{tensors}<details><pre>{html.escape(self.text)}</pre></details>"


def binary() -> str:
    """The program: `BACKBURN`, or the one that was installed with this package, or the first on the path."""
    name = "backburn.exe" if os.name == "nt" else "backburn"
    folders = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    installed = [os.path.join(folder, name) for folder in folders]
    found = os.environ.get("BACKBURN") or next(filter(os.path.isfile, installed), None) or shutil.which(name)
    if not found:
        raise FileNotFoundError("there is no program `backburn`; install it with pip install backburn, or set BACKBURN")
    return found


def gradcheck(arrays: Optional[Mapping[str, Any]] = None, *, x: Any = None, y: Any = None,
              params: Optional[Mapping[str, Any]] = None, grads: Optional[Mapping[str, Any]] = None,
              **stated: Any) -> Verdict:
    """Says which equation of a hand-derived backward pass is wrong.

    `arrays` maps names to arrays, as `locals()` does: x, y, W1, b1, dW1, db1, …; other spellings are understood, and
    whatever is none of these is left out. Or give the batch as `x` and `y`, the parameters as `params`, and their
    gradients as `grads` under the same keys. `stated` says what is known of the program: activation, output, loss,
    reduction, update, lr, l2, l2_form, keep_prob; what is not stated is tried. Raises ValueError where the arrays make
    no sense, with the reason.
    """
    dump = {name: value for name, value in (arrays or {}).items() if _numbers(value) or isinstance(value, str) and name in STATED}
    dump.update({name: value for name, value in (("x", x), ("y", y)) if value is not None})
    dump.update(params or {})
    for name, value in (grads or {}).items():
        dump[name if params and name[:1] == "d" and name[1:] in params else "d" + name] = value
    dump.update(stated)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "dump.npz")
        np.savez(path, **{name: np.asarray(value) for name, value in dump.items()})
        whole = json.loads(_run(path, "--json"))
        text = _run(path)
    known = {name: whole[name] for name in Verdict.__dataclass_fields__ if name in whole}
    return Verdict(**known, text=text.strip(), raw=whole)


STATED = ("activation", "output", "loss", "reduction", "update", "l2_form", "convention", "labels")


def _numbers(value: Any) -> bool:
    if isinstance(value, (bool, int, float)):
        return True
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf" and value.size <= LARGEST


def _run(path: str, *flags: str) -> str:
    done = subprocess.run([binary(), "gradcheck", path, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True)
    if done.returncode:
        raise ValueError(done.stderr.strip().replace(path, "the arrays"))
    return done.stdout
