"""Scripts that today's Python does not read: Python 2, and what only IPython understands.

A third of the public programs about backpropagation were written for Python 2. Its statements are rewritten in the text,
line for line, and what it means differently is given back for the run: an integer divided by an integer is an integer,
`map`, `filter`, `zip` and `range` are lists, and a pickle of that time is read. That this was done is said. Nothing is
tried on a script that today's Python reads and runs.
"""
import ast
import builtins
import functools
import io
import itertools
import operator
import pickle
import queue
import sys
import tokenize
import types
import urllib.request

import numpy as np

from . import again
from .notebook import without_magic

NAMES = {"xrange": range, "raw_input": input, "unicode": str, "long": int, "reduce": functools.reduce, "unichr": chr,
         "basestring": str, "file": open, "cmp": lambda a, b: (a > b) - (a < b), "reload": lambda module: module,
         "intern": sys.intern, "apply": lambda function, given=(), words={}: function(*given, **words)}
RENAMED = {".iteritems(": ".items(", ".itervalues(": ".values(", ".iterkeys(": ".keys(", ".has_key(": ".__contains__("}


def parsed(text, file):
    """The syntax tree of a module, and whether it is one of Python 2; a syntax error is the script's own."""
    try:
        return ast.parse(text, file), again.asked("PYTHON2")
    except SyntaxError as error:
        plain = without_magic(text)
        for old, rewrite in ((False, lambda: plain), (True, lambda: statements(plain))):
            try:
                return ast.parse(rewrite(), file), old
            except (SyntaxError, tokenize.TokenError, IndexError):
                continue
        raise error


def statements(text):
    """The text with the statements of Python 2 as Python 3 writes them, on the same lines."""
    lines = []
    for line in text.split("\n"):
        body = line.lstrip(" \t")
        lines.append(line[:len(line) - len(body)].expandtabs(8) + body)
    text = "\n".join(lines)
    for old, new in RENAMED.items():
        text = text.replace(old, new)
    tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type != tokenize.NL]
    edits, start = [], True
    for i, token in enumerate(tokens):
        word = token.string if token.type == tokenize.NAME else None
        if start and word == "print":
            edits += printed(tokens, i)
        elif start and word in ("except", "raise"):
            edits += comma(tokens, i)
        elif token.string == "<>":
            edits.append((token.start, token.end, "!="))
        between = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
        start = between or token.string in (";", ":") or start and token.type == tokenize.COMMENT
    lines = text.split("\n")
    for (row, column), (_, end), new in sorted(edits, reverse=True):
        lines[row - 1] = lines[row - 1][:column] + new + lines[row - 1][end:]
    return "\n".join(lines)


def end_of(tokens, i):
    """The number of the first token after the statement that begins with token number `i`, and its outer commas."""
    depth, commas = 0, []
    for n in range(i + 1, len(tokens)):
        token = tokens[n]
        depth += (token.string in "([{" and token.type == tokenize.OP) - (token.string in ")]}" and token.type == tokenize.OP)
        over = ";" if tokens[i].string != "except" else ":"
        if token.type in (tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.COMMENT) or depth == 0 and token.string == over:
            return n, commas
        if depth == 0 and token.string == ",":
            commas.append(n)
    return len(tokens) - 1, commas


def printed(tokens, i):
    """The edits that make a call of the print statement at token number `i`."""
    end, commas = end_of(tokens, i)
    first, last = tokens[i + 1], tokens[end - 1]
    if first.string in ("=", ".", ",", ")") and first.type == tokenize.OP:
        return []
    at = tokens[i].end
    if end == i + 1:
        return [(at, at, "()")]
    if first.string == "(" and closing(tokens, i + 1) == end - 1:
        return []
    if first.string == ">>":
        target = commas[0] if commas else end
        file = " ".join(token.string for token in tokens[i + 2:target])
        whole = (first.start, tokens[target].end if commas else last.end, "(")
        return [whole, (last.end, last.end, f", file={file})")] if commas else [whole]
    trailing = last.string == ","
    return [(at, first.start, "("), (last.start if trailing else last.end, last.end, ", end=' ')" if trailing else ")")]


def closing(tokens, i):
    depth = 0
    for n in range(i, len(tokens)):
        depth += (tokens[n].string in "([{") - (tokens[n].string in ")]}") if tokens[n].type == tokenize.OP else 0
        if depth == 0:
            return n
    return None


def comma(tokens, i):
    """The edits of `except Error, name:` and of `raise Error, text`."""
    end, commas = end_of(tokens, i)
    if not commas:
        return []
    sign = tokens[commas[0]]
    if tokens[i].string == "except":
        return [(sign.start, sign.end, " as")]
    return [(sign.start, sign.end, "("), (tokens[end - 1].end, tokens[end - 1].end, ")")]


def divided(left, right):
    """Python 2's division."""
    return left // right if whole(left) and whole(right) else left / right


def divided_in_place(left, right):
    """Python 2's division of `/=`, which changes an array in place."""
    return operator.ifloordiv(left, right) if whole(left) and whole(right) else operator.itruediv(left, right)


def whole(value):
    return isinstance(value, (int, np.integer)) or isinstance(value, np.ndarray) and value.dtype.kind in "iu"


def listed(function):
    """A function of Python 3 that gives a list as it did in Python 2."""
    return lambda *given: list(function(*given))


def prepare():
    """Gives Python back what Python 2 had and today's lacks."""
    for name, value in NAMES.items():
        if not hasattr(builtins, name):
            setattr(builtins, name, value)
    itertools.izip, itertools.imap, itertools.ifilter = zip, map, filter
    pickles = types.ModuleType("cPickle")
    pickles.__dict__.update(pickle.__dict__)
    for name in ("load", "loads"):
        read = functools.partial(getattr(pickle, name), encoding="latin1")
        setattr(pickles, name, read)
    strings = types.ModuleType("StringIO")
    strings.StringIO = io.StringIO
    sys.modules.update(cPickle=pickles, pickle=pickles, Queue=queue, urllib2=urllib.request, StringIO=strings)


LISTED = {name: listed(function) for name, function in (("map", map), ("filter", filter), ("zip", zip), ("range", range))}


class Shell:
    """What `get_ipython()` gives in a notebook that was saved as a script: every call of it does nothing."""

    def __getattr__(self, name):
        return lambda *given, **words: None
