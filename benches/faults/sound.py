#!/usr/bin/env python3
"""False alarms and recall of `diagnose --data` on made data: sound sets of many kinds, and the same with a fault put in.

    cargo build --release && python3 benches/faults/sound.py [set|apart] [--seeds N] [--only WORD] [--faults]

The kinds of `set` were looked at while the rules of src/faults were written; those of `apart` were not, and neither was a
seed of theirs, except that outlines of simple shapes, which resemble one another when they are turned, decided how turned
images are judged; the seeds were drawn anew after that. Whoever changes a rule after looking at what `apart` says has to write other kinds, and has to take other
seeds. With --faults every fault is put into every kind that can have it: found means that it is named, and whatever else
is named counts as a false alarm too. Needs numpy and h5py.
"""
import argparse, json, os, subprocess, sys, tempfile
import h5py
import numpy as np

FIRST = {"set": 5_000, "apart": 41_000}  # the seeds begin here


# ── what rows are made of ─────────────────────────────────────────────────────────────────────────────────────────────
def split(x, y, r, test=0.3, validation=0.0):
    """Rows in a random order, cut into parts."""
    order = r.permutation(len(y))
    return cut(x[order], y[order], test, validation)


def cut(x, y, test=0.3, validation=0.0):
    """Rows cut into parts as they stand: the last ones are the test half."""
    a, b = int(len(y) * (1 - test - validation)), int(len(y) * (1 - test))
    parts = dict(x_train=x[:a], y_train=y[:a].astype("i4"), x_test=x[b:], y_test=y[b:].astype("i4"))
    if validation:
        parts.update(x_val=x[a:b], y_val=y[a:b].astype("i4"))
    return parts


def bumps(r, n, classes, width, noise=1.0, low=0.0):
    """Rows about a centre for each class."""
    centres = r.normal(size=(classes, width)) * 1.5 + low
    y = r.integers(classes, size=n)
    return centres[y] + noise * r.normal(size=(n, width)), y


def lines(r, n, side, glyphs, thick=1.0):
    """Ink of 0..1 of one broken line for each class, moved a little in every image."""
    y = r.integers(len(glyphs), size=n)
    v, u = np.mgrid[0:side, 0:side]
    ink = np.zeros((n, side, side))
    for i in range(n):
        points = glyphs[y[i]] * side * 0.6 + side * 0.2 + r.normal(size=2) * 1.2
        for p, q in zip(points[:-1], points[1:]):
            d = q - p
            t = np.clip(((u - p[0]) * d[0] + (v - p[1]) * d[1]) / max(d @ d, 1e-9), 0, 1)
            far = np.hypot(u - p[0] - t * d[0], v - p[1] - t * d[1])
            ink[i] = np.maximum(ink[i], np.clip(thick + 0.5 - far, 0, 1))
    return ink, y


def glyphs(r, classes):
    return [r.random((4, 2)) for _ in range(classes)]


def as_bytes(images):
    """Grey of 0..255, rounded and cut off as a camera does."""
    return np.clip(np.round(images), 0, 255).astype("u1").reshape(len(images), -1)


def field(r, n, side, power):
    """Random surfaces of mean 0 and deviation 1 whose amplitude falls with the frequency to this power."""
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    f[0, 0] = 1.0
    amplitude = f ** -np.asarray(power).reshape(-1, 1, 1)
    z = np.fft.ifft2(np.fft.fft2(r.normal(size=(n, side, side))) * amplitude).real
    return (z - z.mean((1, 2), keepdims=True)) / z.std((1, 2), keepdims=True)


# ── sound kinds that were looked at ───────────────────────────────────────────────────────────────────────────────────
def heavy_tails(r):
    x = r.standard_t(r.uniform(1, 2), size=(2500, 7)) * 10 ** r.uniform(-2, 3, size=7)
    return split(x, np.tanh(x[:, 0] / np.median(abs(x[:, 0]))) + 0.3 * r.normal(size=2500) > 0, r)


def near_constant(r):
    x, y = bumps(r, 1800, 3, 6)
    rare = np.where(r.random((1800, 3)) < [0.001, 0.004, 0.02], r.choice([1.0, 50.0, 1e4]), 0.0)
    return split(np.c_[x, rare, np.full(1800, 7.0)], y, r)


def counts(r):
    rates = r.gamma(0.5, 2.0, size=(5, 40))
    y = r.integers(5, size=1500)
    return split(r.poisson(rates[y] * r.gamma(3, 1 / 3, size=(1500, 1))), y, r)


def one_hot(r):
    y = r.integers(3, size=1600)
    cards = [3, 4, 6, 8]
    tables = [r.dirichlet(np.ones(c), size=3) for c in cards]
    codes = [np.array([r.choice(c, p=t[k]) for k in y]) for c, t in zip(cards, tables)]
    return split(np.concatenate([np.eye(c)[code] for c, code in zip(cards, codes)], axis=1), y, r)


def categories(r):
    """Codes of categories beside measurements."""
    x, y = bumps(r, 1800, 3, 4)
    tables = [r.dirichlet(np.full(c, 1.0), size=3) for c in (4, 7, 12)]
    return split(np.c_[x, np.array([[r.choice(len(t[k]), p=t[k]) for t in tables] for k in y])], y, r)


def tiny(r):
    x, y = bumps(r, r.integers(20, 90), r.integers(2, 5), r.integers(2, 15))
    return split(x, y, r)


def imbalanced(r):
    x, y = bumps(r, 4000, 2, 8)
    keep = (y == 0) | (r.random(4000) < r.choice([0.05, 0.1, 0.2]))
    return split(x[keep], y[keep], r, validation=0.1)


def noisy(r):
    x, y = bumps(r, 2000, 4, 9)
    flip = r.random(2000) < 0.4
    y[flip] = r.integers(4, size=flip.sum())
    return split(x, y, r)


def hundred_classes(r):
    x, y = bumps(r, 5000, 100, 20)
    return split(x, y, r)


def documents(r):
    """Thin strokes on bright paper of differing brightness, as bytes."""
    ink, y = lines(r, 900, 24, glyphs(r, 6), thick=r.uniform(0.4, 1.2))
    paper = r.uniform(r.uniform(120, 230), 256, size=(900, 1, 1))
    return split(as_bytes(paper * (1 - ink) + r.uniform(0, 50) * ink + r.uniform(0, 4) * r.normal(size=ink.shape)), y, r)


def grey_shapes(r):
    """Flat shapes of differing grey on black, as bytes."""
    n, side = 900, 20
    y = r.integers(4, size=n)
    v, u = np.mgrid[0:side, 0:side]
    cx, cy, s = (r.uniform(7, 13, size=(n, 1, 1)), r.uniform(7, 13, size=(n, 1, 1)), r.uniform(3, 6, size=(n, 1, 1)))
    dx, dy = abs(u - cx), abs(v - cy)
    inside = np.select([(y == k)[:, None, None] for k in range(4)],
                       [np.maximum(dx, dy) < s, np.hypot(dx, dy) < s, dx + dy < s, (dx < s / 3) | (dy < s / 3)])
    return split(as_bytes(inside * r.uniform(60, 255, size=(n, 1, 1))), y, r)


def textures(r):
    """Surfaces of four roughnesses, as floats."""
    y = r.integers(4, size=800)
    return split(np.clip(0.5 + 0.25 * field(r, 800, 16, np.array([0.0, 0.7, 1.2, 2.0])[y]), 0, 1).reshape(800, -1), y, r)


def texture_bytes(r):
    """The same as bytes with a contrast that reaches both ends."""
    y = r.integers(4, size=800)
    return split(as_bytes(128 + r.uniform(40, 90) * field(r, 800, 16, np.array([0.0, 0.7, 1.2, 2.0])[y])), y, r)


def spectra(r):
    at = np.arange(150)
    peaks = [(r.uniform(10, 140, 5), r.gamma(2, 1, 5), r.uniform(2, 6, 5)) for _ in range(5)]
    clean = [sum(h * np.exp(-((at - p) / w) ** 2 / 2) for p, h, w in zip(*k)) for k in peaks]
    y = r.integers(5, size=1000)
    base = r.uniform(0, 2, size=(1000, 1)) + r.normal(size=(1000, 1)) * at / 150
    return split(np.array(clean)[y] * r.uniform(0.5, 1.5, size=(1000, 1)) + base + 0.1 * r.normal(size=(1000, 150)), y, r)


def by_time(r):
    """Sensors that drift together, cut in time."""
    n = 3000
    t = np.linspace(0, 1, n)
    x, y = bumps(r, n, 3, 8)
    drift = r.uniform(0.6, 1.6) * np.abs(r.normal(1, 0.25, size=8)) * t[:, None] * 1.5
    return cut(x + drift + 0.2 * np.cumsum(r.normal(size=(n, 8)), axis=0) / np.sqrt(n), y)


def by_subject(r):
    """Subjects with a gain and an offset of their own, each in one part."""
    n, subjects = 3000, r.integers(6, 14)
    who = np.sort(r.integers(subjects, size=n))
    x, y = bumps(r, n, 3, 8)
    common, own = r.normal(0, 0.3, size=(subjects, 1)), r.normal(0, 0.3, size=(subjects, 8))
    x = x * np.exp(common + own * 0.3)[who] + (r.normal(0, 0.7, size=(subjects, 1)) + own)[who]
    return cut(x, y, validation=0.15)


def sorted_by_class(r):
    parts = split(*bumps(r, 2000, 5, 8), r)
    for part in ("train", "test"):
        order = np.argsort(parts["y_" + part], kind="stable")
        parts["x_" + part], parts["y_" + part] = parts["x_" + part][order], parts["y_" + part][order]
    return parts


def grouped(r):
    """Eight looks at each object, which stands in one part."""
    x, y = bumps(r, 300, 4, 10)
    x, y = np.repeat(x, 8, axis=0) + 0.35 * r.normal(size=(2400, 10)), np.repeat(y, 8)
    return cut(x, y)


def other_shares(r):
    """A dense class that is more frequent in the test half."""
    x, y = bumps(r, 4000, 3, 6)
    x[y == 0] = x[y == 0] * 0.02
    parts = split(x, y, r)
    keep = (parts["y_test"] == 0) | (r.random(len(parts["y_test"])) < 0.55)
    parts["x_test"], parts["y_test"] = parts["x_test"][keep], parts["y_test"][keep]
    return parts


def hard_stretch(r):
    """Rows of a place where the classes overlap far more, at the end of the file."""
    n = 2400
    x, y = bumps(r, n, 3, 8)
    x[int(0.55 * n):] += r.uniform(1.5, 2.5) * r.normal(size=(n - int(0.55 * n), 8))
    order = np.r_[r.permutation(n // 4 * 3), np.arange(n // 4 * 3, n)]
    return cut(x[np.sort(order)], y, test=0.2)


# ── sound kinds that were not looked at ───────────────────────────────────────────────────────────────────────────────
def sharpened(r):
    """Scans of strokes with the bright and dark rims that sharpening leaves."""
    ink, y = lines(r, 800, 24, glyphs(r, 5), thick=r.uniform(0.8, 2.0))
    grey = r.uniform(170, 235, size=(800, 1, 1)) * (1 - ink) + r.uniform(20, 60) * ink
    blurred = sum(np.roll(grey, s, a) for a in (1, 2) for s in (-1, 1)) / 4
    return split(as_bytes(grey + r.uniform(0.2, 0.8) * (grey - blurred) + 2 * r.normal(size=grey.shape)), y, r)


def halftone(r):
    """Black dots on white that stand for grey."""
    ink, y = lines(r, 800, 24, glyphs(r, 5), thick=2.5)
    return split(as_bytes(255.0 * (r.random(ink.shape) > 0.15 + 0.7 * ink)), y, r)


def colour_photos(r):
    """Surfaces of three colours with bright and dark ends cut off."""
    y = r.integers(3, size=500)
    light = field(r, 500, 16, np.array([0.6, 1.1, 1.7])[y])
    planes = [128 + r.uniform(40, 110) * (light + 0.4 * field(r, 500, 16, [1.2])) + r.uniform(-40, 40) for _ in range(3)]
    return split(as_bytes(np.stack(planes, axis=-1)), y, r)


def outlines(r):
    """Filled shapes with an outline darker or brighter than both sides."""
    n, side = 800, 24
    y = r.integers(3, size=n)
    v, u = np.mgrid[0:side, 0:side]
    cx, cy, s = (r.uniform(9, 15, size=(n, 1, 1)), r.uniform(9, 15, size=(n, 1, 1)), r.uniform(5, 8, size=(n, 1, 1)))
    dx, dy = abs(u - cx), abs(v - cy)
    far = np.select([(y == k)[:, None, None] for k in range(3)], [np.maximum(dx, dy), np.hypot(dx, dy), dx + dy])
    ground, fill, line = ((255, r.uniform(120, 220), 0) if r.random() < 0.5 else (0, r.uniform(40, 120), 255))
    return split(as_bytes(np.where(far < s - 1.5, fill, np.where(far < s, line, ground)).astype(float)), y, r)


def fingerprints(r):
    """Sparse bits, as of molecules."""
    share = r.beta(0.3, 3.0, size=(3, 120))
    y = r.integers(3, size=1500)
    return split((r.random((1500, 120)) < share[y]).astype(float), y, r)


def answers(r):
    """Answers of 1 to 5 of people in clinics, each clinic in one part."""
    n, clinics = 1800, 12
    where = np.sort(r.integers(clinics, size=n))
    latent, y = bumps(r, n, 2, 15, noise=1.5)
    return cut(np.clip(np.round(3 + 0.6 * latent + r.normal(0, 0.35, size=(clinics, 15))[where]), 1, 5), y, validation=0.15)


def shares_of_a_whole(r):
    y = r.integers(4, size=1500)
    return split(np.array([r.dirichlet(a) for a in r.gamma(1.0, 3.0, size=(4, 9))[y] + 0.2]), y, r)


def words(r):
    """Term weights of short texts, some of them empty."""
    topics = r.dirichlet(np.full(200, 0.05), size=4)
    y = r.integers(4, size=1200)
    x = np.array([r.multinomial(r.poisson(5), 0.7 * topics[k] + 0.3 / 200) for k in y]) * r.uniform(1, 6, size=200)
    return split(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9), y, r)


def walks(r):
    """Hours of a plant whose state wanders a little, with the number of the hour among the columns, cut in time."""
    n = 2500
    wander = np.cumsum(r.normal(size=(n, 6)), axis=0) / np.sqrt(n) * r.uniform(0.3, 0.9)
    x, y = bumps(r, n, 2, 6)
    return cut(np.c_[x + wander, np.arange(n) / 24.0], y, validation=0.1)


def shops(r):
    """Codes of shops, goods and days whose shares move a little from one month to the next, cut in time."""
    n = 2400
    y, t = r.integers(2, size=n), np.linspace(0, 1, n)
    shares = lambda c: (r.dirichlet(np.full(c, 2.0), size=2), r.dirichlet(np.full(c, 2.0), size=2))
    tables = [shares(c) for c in (5, 9, 20)]
    draw = lambda s, k, u: r.choice(len(s[0][k]), p=s[0][k] * (1 - 0.3 * u) + s[1][k] * 0.3 * u)
    return cut(np.c_[np.array([[draw(s, k, u) for s in tables] for k, u in zip(y, t)]), r.integers(7, size=n)], y)


def spirals(r):
    y = r.integers(3, size=1500)
    t = r.uniform(0.5, 4, size=1500)
    turn = t * 1.5 + y * 2 * np.pi / 3
    return split(np.c_[t * np.cos(turn), t * np.sin(turn)] + 0.1 * r.normal(size=(1500, 2)), y, r)


def rhythms(r):
    """Band powers of people with gains of their own, shuffled within the parts."""
    people, n = 16, 3200
    who = r.integers(people, size=n)
    x, y = bumps(r, n, 2, 20, noise=1.2)
    x = np.exp(0.5 * x + r.normal(0, 0.35, size=(people, 1))[who] + r.normal(0, 0.2, size=(people, 20))[who])
    test = who < 5
    return dict(x_train=x[~test], y_train=y[~test].astype("i4"), x_test=x[test], y_test=y[test].astype("i4"))


def normed_waves(r):
    """Waves of which every row has mean 0 and deviation 1."""
    y, t = r.integers(4, size=1000), np.arange(60)
    x = np.sin(t * (0.1 + 0.07 * y[:, None]) + r.uniform(0, 6.3, size=(1000, 1))) + 0.4 * r.normal(size=(1000, 60))
    return split((x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True), y, r)


def ordered_grades(r):
    x = r.normal(size=(2500, 10))
    latent = x @ r.normal(size=10) + 2.0 * r.normal(size=2500)
    return split(x, np.searchsorted(np.quantile(latent, np.arange(1, 8) / 8), latent), r)


def mixed_units(r):
    """Years, prices, codes of places and yes or no, in one table."""
    n = 1800
    y = r.integers(3, size=n)
    place = r.integers(1, 60, size=n)
    x = np.c_[1990 + r.integers(0, 30, n) + y, np.round(np.exp(r.normal(10 + 0.4 * y, 1.2)), 2), place,
              r.random(n) < 0.3 + 0.2 * y, np.round(r.normal(36.6 + 0.2 * y, 0.5), 1), r.geometric(0.4, n)]
    return split(x, y, r, validation=0.15)


def two_shares(r):
    """A class of which a third more stands in the test half, and rows that are mostly zero."""
    x, y = bumps(r, 3500, 2, 12, low=-1.5)
    parts = split(np.maximum(x, 0), y, r)
    keep = (parts["y_test"] == 0) | (r.random(len(parts["y_test"])) < 0.66)
    parts["x_test"], parts["y_test"] = parts["x_test"][keep], parts["y_test"][keep]
    return parts


def volatile(r):
    """Returns whose spread comes in calm and wild spells, cut in time."""
    n = 3000
    spread = np.exp(np.cumsum(r.normal(size=n)) / np.sqrt(n) * 1.2)
    x, y = bumps(r, n, 2, 10, noise=1.5)
    return cut((x - x.mean(0)) * spread[:, None] * 0.01, y)


def receipts(r):
    """Receipts with their number, their date and the time since the last one, cut in time."""
    n = 2200
    y = r.integers(3, size=n)
    number = 100_000 + np.cumsum(r.integers(1, 4, n))
    wait = r.exponential(30.0 + 20 * y)
    return cut(np.c_[number, 20_240_101 + np.arange(n) // 80, wait, r.lognormal(3 + 0.5 * y, 0.8), r.poisson(3 + y)], y,
               validation=0.12)


def genes(r):
    """Few people, many columns, most of which say nothing; two laboratories whose levels differ a little."""
    n = 220
    y, where = r.integers(2, size=n), np.arange(n) > 0.68 * n
    x = r.normal(size=(n, 400)) + 0.9 * y[:, None] * (np.arange(400) < 30)
    return cut(np.exp2(7 + x + where[:, None] * r.normal(0, 0.25, size=400)), y, test=0.35)


def dials(r):
    """Pictures of dials with bright glints on dark glass, as bytes."""
    n, side = 700, 20
    y = r.integers(8, size=n)
    v, u = np.mgrid[0:side, 0:side] - side / 2 + 0.5
    turn = (y + 0.3 * r.normal(size=n))[:, None, None] * np.pi / 4
    along, across = u * np.cos(turn) + v * np.sin(turn), u * np.sin(turn) - v * np.cos(turn)
    hand = np.exp(-across ** 2 / 1.5) * (along > 0) * (np.hypot(u, v) < 8)
    glint = np.exp(-((u - r.normal(0, 4, (n, 1, 1))) ** 2 + (v - r.normal(0, 4, (n, 1, 1))) ** 2) / 3)
    return split(as_bytes(r.uniform(5, 40, (n, 1, 1)) + 230 * hand + r.uniform(100, 400, (n, 1, 1)) * glint), y, r)


def regions(r):
    """Places on a map with what grows there; the test half is the neighbouring county."""
    n = 2400
    east = np.sort(r.uniform(0, 100, n))
    north = r.uniform(0, 60, n)
    wet = np.sin(east / 9) + np.cos(north / 7) + 0.3 * r.normal(size=n)
    y = np.digitize(wet + 0.4 * r.normal(size=n), [-0.6, 0.6])
    soil = np.c_[wet + 0.4 * r.normal(size=n), np.exp(0.5 * wet + r.normal(0, 0.4, n)), r.normal(size=(n, 3))]
    return cut(np.c_[east, north, soil], y, test=0.25)


def machines(r):
    """Parts with the number of their batch, the hour of the shift and what six like sensors of a warming machine say."""
    n = 1900
    y, batch = r.integers(2, size=n), np.arange(n) // 45
    hour = np.arange(n) % 450 / 56
    sensors = 20 + 0.6 * hour[:, None] + r.normal(0, 0.5, size=(batch[-1] + 1, 6))[batch] + r.normal(size=(n, 6))
    sensors[:, :3] += 1.1 * y[:, None]
    return cut(np.c_[4_000_000 + batch, np.floor(hour), sensors], y, test=0.25, validation=0.1)


def choirs(r):
    """The loudness of fourteen bands sung by people who stand nearer or farther; every half has people of its own."""
    people, n = 11, 1700
    who, y = np.sort(r.integers(people, size=n)), r.integers(3, size=n)
    voice = r.normal(size=(3, 14))[y] + r.normal(0, 0.5, size=(people, 14))[who]
    x = r.lognormal(0, 0.7, size=(people, 1))[who] * np.exp(0.6 * voice + 0.5 * r.normal(size=(n, 14)))
    test = who >= people - 3
    return dict(x_train=x[~test], y_train=y[~test].astype("i4"), x_test=x[test], y_test=y[test].astype("i4"))


def harvests(r):
    """Fields by year, with rain that differs from year to year and prices that walk; the last years are the test half."""
    years, n = 24, 2000
    when, y = np.sort(r.integers(years, size=n)), r.integers(3, size=n)
    rain = r.gamma(6, 12, size=years)[when] + r.normal(0, 6, n)
    price = np.exp(np.cumsum(r.normal(0.02, 0.15, size=years)))[when]
    crop = 2 + y + 0.01 * rain + r.normal(0, 0.8, n)
    return cut(np.c_[1990 + when, rain, price, crop, crop * price + r.normal(0, 0.3, n), r.poisson(2 + y)], y, test=0.22)


SET = [heavy_tails, near_constant, counts, one_hot, categories, tiny, imbalanced, noisy, hundred_classes, documents, grey_shapes,
       textures, texture_bytes, spectra, by_time, by_subject, sorted_by_class, grouped, other_shares, hard_stretch,
       walks, rhythms, volatile, receipts]
APART = [sharpened, halftone, colour_photos, outlines, fingerprints, answers, shares_of_a_whole, words, shops, spirals,
         normed_waves, ordered_grades, mixed_units, two_shares, genes, dials, regions, machines, choirs, harvests]


# ── faults ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def other_unit(p, r):
    p["x_test"] = p["x_test"] * r.choice([1 / 255, 0.1, 10.0, 255.0, 1000.0])


def two_scalers(p, r):
    x, a = p["x_train"].astype(float), p["x_test"].astype(float)
    p["x_train"] = (x - x.mean(0)) / (x.std(0) + 1e-9)
    p["x_test"] = (a - a.min(0)) / (np.ptp(a, axis=0) + 1e-9)


def column_order(p, r):
    p["x_test"] = p["x_test"][:, r.permutation(p["x_test"].shape[1])]


def category_codes(p, r):
    x = p["x_test"].copy()
    at = 4 if x.shape[1] == 7 else 0
    for column in range(at, at + 3):
        codes = np.unique(np.r_[p["x_train"][:, column], x[:, column]])
        x[:, column] = r.permutation(codes)[np.searchsorted(codes, x[:, column])]
    p["x_test"] = x


def label_codes(p, r):
    classes = int(p["y_train"].max()) + 1
    p["y_test"] = ((p["y_test"] + r.integers(1, classes)) % classes).astype("i4")


def labels_shuffled_late(p, r):
    y, start = p["y_train"].copy(), int(len(p["y_train"]) * r.uniform(0.3, 0.6))
    y[start:] = r.permutation(y[start:])
    p["y_train"] = y


def labels_slipped(p, r):
    p["y_train"] = np.roll(p["y_train"], r.choice([-3, -2, -1, 1, 2, 5]))


def labels_reversed(p, r):
    p["y_train"] = p["y_train"][::-1].copy()


def copies(p, r):
    rows = r.permutation(len(p["y_train"]))[: len(p["y_test"]) // 3]
    p["x_test"] = np.r_[p["x_test"][len(rows):], p["x_train"][rows].astype(p["x_test"].dtype)]
    p["y_test"] = np.r_[p["y_test"][len(rows):], p["y_train"][rows]]


def near_copies(p, r):
    rows = r.permutation(len(p["y_train"]))[: len(p["y_test"]) // 2]
    x = p["x_train"][rows].astype(float)
    x = x * (1 + 1e-3 * r.normal(size=x.shape))
    p["x_test"] = np.r_[p["x_test"][len(rows):].astype(float), x]
    p["y_test"] = np.r_[p["y_test"][len(rows):], p["y_train"][rows]]


def few_rows(p, r):
    rows = r.integers(0, max(len(p["y_train"]) // 10, 5), len(p["y_train"]))
    p["x_train"], p["y_train"] = p["x_train"][rows], p["y_train"][rows]


def leak(p, r):
    codes = r.permutation(int(p["y_train"].max()) + 1) * 7.0 - 3
    for part in ("train", "val", "test"):
        if "x_" + part in p:
            p["x_" + part] = np.c_[p["x_" + part], codes[p["y_" + part]]]


def sentinel(p, r):
    x = p["x_train"].astype(float).copy()
    x[r.random(len(x)) < 0.1, r.integers(x.shape[1])] = r.choice([-999, -9999, 1e9])
    p["x_train"] = x


def wrapped(p, r):
    shift = r.integers(60, 200)
    for part in ("train", "test"):
        p["x_" + part] = (p["x_" + part].astype(int) + shift).astype("u1")


def sorted_tail(p, r):
    x, y = np.r_[p["x_train"], p["x_test"]], np.r_[p["y_train"], p["y_test"]]
    order = np.argsort(y + r.random(len(y)) * 1.5, kind="stable")
    p.update(cut(x[order], y[order]))


def sorted_column(p, r):
    """The file was sorted by a column that looks like a measurement, cut, and its halves were shuffled or not. False where no
    column looks so."""
    x, y = np.r_[p["x_train"], p["x_test"]], np.r_[p["y_train"], p["y_test"]]
    varied = [j for j in range(x.shape[1]) if len(np.unique(x[:, j])) == len(x)]
    if not varied:
        return False
    at = r.choice(varied)
    order = np.argsort(x[:, at], kind="stable")
    parts = cut(x[order], y[order])
    for half in ("train", "test") if r.integers(2) else ():
        order = r.permutation(len(parts["y_" + half]))
        parts.update({kind + half: parts[kind + half][order] for kind in ("x_", "y_")})
    p.update(parts)


ALIKE = {"textures", "texture_bytes", "colour_photos"}  # every pixel is like every other, and says nothing of the class
IMAGES = {"dials", "documents", "texture_bytes", "sharpened", "colour_photos"}
WEAK = {"tiny", "noisy", "near_constant", "two_shares", "ordered_grades", "answers", "hard_stretch"}  # labels say little
FAULTS = [("halves-scaled-apart", other_unit), ("halves-scaled-apart", two_scalers), ("columns-in-another-order", column_order),
          ("halves-encoded-apart", category_codes),
          ("labels-coded-apart", label_codes), ("labels-misaligned", labels_shuffled_late), ("labels-misaligned", labels_slipped),
          ("labels-misaligned", labels_reversed), ("duplicates-across-halves", copies), ("duplicates-across-halves", near_copies),
          ("few-distinct-rows", few_rows), ("target-among-features", leak), ("sentinel-values", sentinel),
          ("bytes-wrapped", wrapped), ("halves-drawn-apart", sorted_tail), ("halves-drawn-apart", sorted_column)]


def has_no(kind, fault):
    """Faults that are none in rows of this kind, because nothing is changed by them or nothing could show it."""
    return (fault is wrapped and kind not in IMAGES
            or fault is category_codes and kind not in {"categories", "shops"}
            or fault is sentinel and kind in IMAGES | {"grey_shapes", "halftone", "outlines", "textures", "one_hot", "fingerprints"}
            or fault in (labels_shuffled_late, labels_slipped, labels_reversed) and kind in WEAK | ALIKE | {"sorted_by_class", "grouped"}
            or fault in (label_codes, column_order) and kind in WEAK | ALIKE
            or fault in (copies, near_copies, few_rows) and kind in {"tiny", "spirals", "one_hot", "mixed_units"}
            or fault is near_copies and kind in {"counts", "fingerprints", "answers", "words", "outlines", "halftone", "grey_shapes"}
            or fault is two_scalers and kind in {"textures", "shares_of_a_whole"}
            or fault in (leak, few_rows) and kind in {"tiny", "hundred_classes", "sorted_by_class"} | IMAGES | {"grey_shapes", "outlines", "halftone"}
            or fault is sorted_tail and kind in {"tiny"})


# ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def found(program, parts, folder):
    path = os.path.join(folder, "parts.h5")
    with h5py.File(path, "w") as file:
        for name, array in parts.items():
            array = np.asarray(array)
            file[name] = array.astype("f4") if array.dtype.kind in "fib" and name[0] == "x" else array
    answer = subprocess.run([program, "diagnose", "--data", path, "--json"], capture_output=True, text=True)
    if answer.returncode:
        return [("failed", answer.stderr.strip(), "")]
    return [(f["name"], f["where"], f["say"]) for f in json.loads(answer.stdout)["findings"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=["set", "apart"], nargs="?", default="set")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--only", default="")
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--program", default="target/release/backburn")
    args = parser.parse_args()
    kinds = [kind for kind in (SET if args.part == "set" else APART) if args.only in kind.__name__]
    alarms = sets = named = faults = beside = 0
    missed = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            for seed in range(FIRST[args.part], FIRST[args.part] + args.seeds):
                answer = found(args.program, kind(np.random.default_rng(seed)), folder)
                sets, alarms = sets + 1, alarms + bool(answer)
                for fault in answer:
                    print(f"ALARM {kind.__name__:20} {seed}  {fault}", flush=True)
            for place, (name, put) in enumerate(FAULTS if args.faults else []):
                if has_no(kind.__name__, put):
                    continue
                seed = FIRST[args.part] + 100 + place
                r = np.random.default_rng(seed)
                parts = kind(r)
                if put(parts, r) is False:
                    continue
                answer = found(args.program, parts, folder)
                names = {fault[0] for fault in answer}
                faults, named, beside = faults + 1, named + (name in names), beside + bool(names - {name})
                missed.setdefault(put.__name__, []).append(name in names)
                if names != {name}:
                    print(f"WRONG {kind.__name__:20} {seed}  {put.__name__}: {answer or 'nothing'}", flush=True)
    print(f"{alarms} of {sets} sound sets with an alarm")
    if faults:
        print(f"{named} of {faults} faults named, {beside} with another beside it")
        for fault, hits in missed.items():
            print(f"  {fault:24} {sum(hits)} of {len(hits)}")


if __name__ == "__main__":
    main()
