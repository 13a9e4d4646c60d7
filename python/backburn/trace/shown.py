"""The numbers that a program shows of itself, where they are others than they seem: a loss in another unit, a loss of
some of its terms, an accuracy along the wrong axis.

A number is known by its value alone: it equals, to nine digits, one formula of the program's own outputs and targets, and
no other. Only numbers that go into no further arithmetic are looked at, since every loss is a sum before it is a mean.
"""
import numpy as np

from .layer import numbers
from .value import Value


SAME = 1e-9                # two numbers are one up to this, relative


def mistakes(story):
    """What is wrong with the numbers that are shown, as {name: (site, numbers)}."""
    found = {}
    answers = story.answers()
    if answers is None:
        return found
    forms = odd_losses(story.p, answers, story.divisor())
    spent = {id(item) for event in story.inside for item in event.ins if taken_up(story, event, item)}
    for event in story.inside:
        value = event.out
        if isinstance(value, Value) and value.number and value.data and id(value) not in spent:
            for name, odd, right in forms:
                if abs(abs(float(value.data)) / odd - 1) < SAME and of_logarithms(story, event):
                    is_now = float(value.data) if name == "loss-term-sign" else abs(float(value.data))
                    found.setdefault(name, (event.site, {"is": is_now, "should be": right}))
        elif over_rows(story, event):
            m, k = story.p.shape
            found.setdefault("accuracy-over-rows", (event.site, {"rows": m, "classes": k}))
    return found


def of_logarithms(story, event):
    """Whether a number is made of logarithms, as every cross-entropy is: that of even odds is 1 in bits, and so is much else."""
    made_of = story.above([event.node])
    return any("log" in other.op for other in story.inside if other.node in made_of)


def taken_up(story, event, item):
    """Whether a number goes into further arithmetic: not if it is compared, nor if it is added to what is kept over
    several updates, or to a penalty, which are not made of these outputs. A sum that grows where it was made is no whole one."""
    if not isinstance(item, Value) or not item.number or event.op == "Compare":
        return False
    if event.op in ("Add", "Sub") and item.made == event.site:
        return True
    others = [other for other in event.ins if other is not item and isinstance(other, Value)]
    return event.op != "Add" or any(other.node in story.down for other in others)


def odd_losses(p, y, divisor):
    """Losses that are none, as (name, what the number is then, what it should be)."""
    m, k = p.shape
    with np.errstate(all="ignore"):
        ones = -np.sum(np.where(y > 0, y * np.log(p), 0))
        both = ones - np.sum(np.where(y < 1, (1 - y) * np.log(1 - p), 0))
    cross = ones if k > 1 and np.allclose(y.sum(axis=1), 1) else both
    forms = []
    for by in (1, m, m * k):
        forms += [("loss-other-logarithm", cross / np.log(base) / by, cross / by) for base in (2, 10)]
        if k == 1 and 0 < y.sum() < m:
            forms.append(("loss-lacks-a-term", ones / by, both / by))
            forms.append(("loss-term-sign", abs(2 * ones - both) / by, both / by))
    if k > 1 and m > 1 and divisor is not None and abs(divisor / (m * k) - 1) > SAME:
        forms.append(("loss-over-classes", cross / (m * k), cross / m))
    forms = [form for form in forms if np.isfinite(form[1:]).all() and form[1] > 0]
    plain = [of / by for of in (ones, both) for by in (1, m)] + [np.sum((p - y) ** 2) / by for by in (1, 2, m, 2 * m, m * k)]
    return [form for form in forms if form[0] == "loss-lacks-a-term" or all(abs(form[1] / other - 1) > SAME for other in plain if other)]


def over_rows(story, event):
    """Whether an event takes the largest row of each class, where the largest class of each row is meant."""
    if event.op != "argmax" or not isinstance(event.ins[0], Value) or not isinstance(event.out, Value):
        return False
    array, (m, k) = numbers(event.ins[0]), story.p.shape
    if array is None or m == k or k < 2 or event.out.size != k:
        return False
    p = array if array.shape == story.p.shape else array.T
    return p.shape == story.p.shape and np.array_equal(p, story.p)
