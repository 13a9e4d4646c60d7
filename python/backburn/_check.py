"""A gradient against central differences, for any model that is given as two functions."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np

DIRECTIONS = 4       # random directions that are tried before single entries
ENTRIES = 200        # single entries of a tensor, where a direction disagrees
STEP = float(np.cbrt(np.finfo(float).eps))
AGREES = 1e-6        # relative; what rounding and the third derivative leave


@dataclass
class Tensor:
    """One gradient beside the differences of the loss."""

    name: str
    right: bool
    error: float
    """The largest difference, relative to the size of the slopes."""
    worst: Optional[Tuple[Tuple[int, ...], float, float]] = None
    """The entry that is off most: its place, what the gradient says, what the loss says."""
    kinks: int = 0
    """Entries at which the loss has a corner, as a relu at 0 has; they say nothing and are left out."""

    def __str__(self) -> str:
        if self.right:
            return f"{self.name}: right (error {self.error:.1e})"
        at = "" if self.worst is None else f"; at {self.worst[0]} it is {self.worst[1]:.6g} and should be {self.worst[2]:.6g}"
        return f"{self.name}: wrong (error {self.error:.1e}){at}"


def check(loss: Callable[[Any], float], grad: Callable[[Any], Any], params: Any, *, seed: int = 0) -> Dict[str, Tensor]:
    """Compares `grad(params)` with central differences of `loss(params)`, tensor by tensor, in float64.

    `params` is an array, a list of arrays, or a dict of arrays; `grad` answers in the same form. A few random directions
    come first, which cost two losses each; only where one disagrees are single entries looked at. Answers one
    [`Tensor`] for every parameter, and raises ValueError where a gradient lacks or has another shape.
    """
    names, arrays, rebuild = _taken_apart(params)
    arrays = [np.array(array, dtype=float) for array in arrays]
    _, gradients, _ = _taken_apart(grad(rebuild(arrays)))
    if [np.shape(g) for g in gradients] != [a.shape for a in arrays]:
        shapes = ", ".join(f"{name} {a.shape}" for name, a in zip(names, arrays))
        raise ValueError(f"the gradients have the shapes {[np.shape(g) for g in gradients]}, the parameters {shapes}")
    rng = np.random.default_rng(seed)
    value = lambda changed, place: float(loss(rebuild([changed if i == place else a for i, a in enumerate(arrays)])))
    return {name: _tensor(name, array, np.asarray(g, float), lambda changed, place=place: value(changed, place), rng)
            for place, (name, array, g) in enumerate(zip(names, arrays, gradients))}


def _taken_apart(params: Any) -> Tuple[List[str], List[Any], Callable[[List[Any]], Any]]:
    if isinstance(params, dict):
        return [str(key) for key in params], list(params.values()), lambda arrays: dict(zip(params, arrays))
    if isinstance(params, (list, tuple)):
        return [f"[{i}]" for i in range(len(params))], list(params), lambda arrays: type(params)(arrays)
    return ["params"], [params], lambda arrays: arrays[0]


def _tensor(name: str, array: np.ndarray, gradient: np.ndarray, loss: Callable[[np.ndarray], float],
            rng: np.random.Generator) -> Tensor:
    if array.size == 0:
        return Tensor(name, True, 0.0)
    size = float(np.linalg.norm(gradient))
    error, smooth = 0.0, 0
    for _ in range(DIRECTIONS):
        way = rng.standard_normal(array.shape)
        way /= np.linalg.norm(way)
        slope, kink = _slope(loss, array, way)
        if not kink:
            smooth += 1
            error = max(error, abs(slope - float(np.sum(gradient * way))) / max(size / np.sqrt(array.size), abs(slope), 1e-12))
    if smooth and error <= AGREES * 10:
        return Tensor(name, True, error)
    return _entries(name, array, gradient, loss, rng)


def _entries(name: str, array: np.ndarray, gradient: np.ndarray, loss: Callable[[np.ndarray], float],
             rng: np.random.Generator) -> Tensor:
    """Single entries, all of a small tensor and a sample of a large one."""
    places = rng.permutation(array.size)[:ENTRIES]
    found, kinks = [], 0
    for place in places:
        way = np.zeros(array.size)
        way[place] = 1.0
        slope, kink = _slope(loss, array, way.reshape(array.shape))
        kinks += kink
        if not kink:
            found.append((abs(slope - gradient.flat[place]), place, float(gradient.flat[place]), slope))
    if not found:
        return Tensor(name, True, 0.0, kinks=kinks)
    scale = max(max(abs(item[3]) for item in found), max(abs(item[2]) for item in found), 1e-12)
    off, place, is_, should = max(found)
    at = tuple(int(i) for i in np.unravel_index(place, array.shape))
    error = off / scale
    right = error <= AGREES * 10
    return Tensor(name, right, error, None if right else (at, is_, should), kinks)


def _slope(loss: Callable[[np.ndarray], float], array: np.ndarray, way: np.ndarray) -> Tuple[float, bool]:
    """The slope of the loss along `way`, and whether there is a corner within the step: then the slopes to both sides
    differ by as much for a tenth of the step as for the whole, where a smooth loss has a tenth of the difference."""
    step = STEP * max(1.0, float(np.abs(array).max()))
    here = loss(array)
    sides = lambda h: ((loss(array + h * way) - here) / h, (here - loss(array - h * way)) / h)
    up, down = sides(step)
    bend = abs(up - down)
    slope = (up + down) / 2
    if bend <= 1e-3 * max(abs(up), abs(down), 1e-12):
        return slope, False
    near_up, near_down = sides(step / 10)
    return slope, abs(near_up - near_down) > bend / 3
