"""Runs a training script as it is and finds out, by arithmetic and not by names, what each of its arrays is.

    python3 trace.py --out FOLDER [--seconds 60] -- SCRIPT.py [ARGS]

The script is the person's own code and is run, with all that it does: nothing here protects from it. It runs in its own
folder until its parameters have been updated twice. Then FOLDER holds `dump.npz` (the first batch, its weights and
gradients in the names that `backburn gradcheck` knows), `roles.json` (which expression of the script is which array, and
the line that computes it) and `output.txt` (what the script printed).

The source is rewritten before it runs, every operation in it becoming a call that makes a note on a `Tape`: who was
added to, multiplied with or made of whom, at which line. Line numbers and results stay what they are. This was chosen
over a line tracer because half of the programs that people ask about have no variable for the gradient: it is one term
of a longer expression, which no line event shows. The tape is read once, after the run (`Story`):

- a parameter is an array that is used in a product x·W, or added to one, and that the same place of the program later
  uses with something of the program's own added to it; the step is what was added;
- a gradient is an array that the step is a fixed multiple of; the multiple is the rate and the sign;
- a layer is where x·W appears; its function, the loss and the mask of a dropout are found by computing them again;
- x is what the first layer is multiplied with, y what the output is compared with.

What cannot be proved is left out of the dump and said. Needs Python 3.9 and numpy, nothing else.
"""
import ast
import builtins
import collections
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import json
import operator
import os
import signal
import sys
import time
import traceback
import types
import weakref

import numpy as np

HOOK = "__backburn__"
SMALL = 1 << 20            # arrays up to so many bytes are copied when they are seen, larger ones kept by reference
BIG = 48 << 20             # arrays above are not even kept alive
MOST_BYTES = 400 << 20     # of copies on the tape; the oldest half is dropped above
MOST_EVENTS = 300_000      # on the tape; likewise
LARGE = 1 << 20            # batches of more numbers are written thinner, which changes no equation
KEPT = 40                  # inputs that are then kept one by one
MOST_NUMBERS = 200_000     # operations on plain numbers that are kept
EXACT = 1e-6               # two arrays are the same numbers up to this, relative


class Stop(BaseException):
    """Ends the script: what was to be seen has been seen, or its time is over."""


# --- the source, rewritten ----------------------------------------------------------------------------------------------


class Site:
    """A place in the script at which something is computed or named."""

    __slots__ = ("file", "line", "source", "op", "constant", "name", "statement")

    def __init__(self, file, line, source, op=None, constant=(False, False), name=None, statement=0):
        self.file, self.line, self.source, self.op = file, line, source, op
        self.constant, self.name, self.statement = constant, name, statement


OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.MatMult: operator.matmul, ast.Pow: operator.pow, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift, ast.BitOr: operator.or_, ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}
COMPARISONS = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
# Calls that look at the frame that they are made from, or that never return arrays.
PLAIN = set("super locals globals vars dir eval exec print input open isinstance issubclass len range enumerate zip type "
            "hasattr id repr str int list dict tuple set iter next callable reversed".split())


class Rewriter(ast.NodeTransformer):
    """Wraps every operation of a module into a note on the tape."""

    def __init__(self, file, text, sites):
        self.file, self.lines, self.sites, self.statement = file, text.splitlines(), sites, None

    def site(self, node, **what):
        line = getattr(node, "lineno", 0)
        text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        first = getattr(self.statement, "lineno", line)
        self.sites.append(Site(self.file, line, text, statement=first, **what))
        return ast.Constant(len(self.sites) - 1)

    def hook(self, method, node, *values):
        call = ast.Call(ast.Attribute(ast.Name(HOOK, ast.Load()), method, ast.Load()), list(values), [])
        return ast.fix_missing_locations(ast.copy_location(call, node))

    def visit(self, node):
        if isinstance(node, ast.stmt):
            outer, self.statement = self.statement, node
            try:
                return super().visit(node)
            finally:
                self.statement = outer
        return super().visit(node)

    # Expressions.

    def visit_BinOp(self, node):
        constant = tuple(isinstance(side, ast.Constant) for side in (node.left, node.right))
        if all(constant) or isinstance(node.left, (ast.Constant, ast.JoinedStr)) and isinstance(node.op, ast.Mod):
            return node
        self.generic_visit(node)
        name = type(node.op).__name__
        return self.hook("binary", node, self.site(node, op=(name, OPERATORS[type(node.op)]), constant=constant),
                         node.left, node.right)

    def visit_Compare(self, node):
        self.generic_visit(node)
        kind = type(node.ops[0])
        if len(node.ops) > 1 or kind not in COMPARISONS:
            return node
        return self.hook("binary", node, self.site(node, op=("Compare", COMPARISONS[kind])), node.left,
                         node.comparators[0])

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        if not isinstance(node.op, (ast.USub, ast.Invert)) or isinstance(node.operand, ast.Constant):
            return node
        kind = operator.neg if isinstance(node.op, ast.USub) else operator.invert
        return self.hook("unary", node, self.site(node, op=("Neg", kind)), node.operand)

    def visit_Subscript(self, node):
        if not isinstance(node.ctx, ast.Load):
            return node
        self.generic_visit(node)
        return self.hook("index", node, self.site(node, op=("Index", None)), node.value, index_value(node.slice))

    def visit_Call(self, node):
        plain = isinstance(node.func, ast.Name) and node.func.id in PLAIN
        if not plain and isinstance(node.func, ast.Attribute):
            node.func.value = self.visit(node.func.value)
        elif not plain:
            node.func = self.visit(node.func)
        node.args = [self.visit(arg) for arg in node.args]
        node.keywords = [self.visit(word) for word in node.keywords]
        if plain:
            return node
        call = self.hook("call", node, self.site(node, op=("Call", None)), node.func, *node.args)
        call.keywords = node.keywords
        return call

    # Statements.

    def visit_FunctionDef(self, node):
        if any("jit" in ast.unparse(mark) for mark in node.decorator_list):
            return node                          # numba compiles it and knows no tape
        names = [arg.arg for arg in node.args.posonlyargs + node.args.args + node.args.kwonlyargs]
        looks = [self.note("argument", ast.Name(name, ast.Load()), node, ast.Name(name, ast.Load()))
                 for name in names if name not in ("self", "cls")]
        start = 1 if ast.get_docstring(node) is not None else 0
        node.body = node.body[:start] + looks + self.body(node.body[start:])
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def body(self, statements):
        out = []
        for statement in statements:
            new = self.visit(statement)
            out += new if isinstance(new, list) else [new]
        return out

    def visit_ClassDef(self, node):
        node.body = self.body(node.body)
        return node

    def visit_AnnAssign(self, node):
        if node.value is None or not isinstance(node.target, ast.Name):
            return node
        node.value = self.visit(node.value)
        return [node, self.note("bind", node.target, node, load(node.target))]

    def visit_For(self, node):
        node.iter = self.visit(node.iter)
        names = [self.note("bind", leaf, node, load(leaf)) for leaf in leaves(node.target) if isinstance(leaf, ast.Name)]
        node.body, node.orelse = names + self.body(node.body), self.body(node.orelse)
        return node

    def note(self, method, leaf, node, *values):
        site = self.site(node, name=ast.unparse(leaf), op=("Store", None))
        return ast.fix_missing_locations(ast.copy_location(ast.Expr(self.hook(method, node, site, *values)), node))

    def visit_Assign(self, node):
        targets = [leaf for target in node.targets for leaf in leaves(target)]
        before, after = [], []
        for leaf in targets:
            if isinstance(leaf, ast.Subscript) and simple(leaf.value):
                place = place_of(leaf)
                before.append(self.note("opened", leaf, node, *place))
                after.append(self.note("stored", leaf, node, *copy.deepcopy(place)))
            elif isinstance(leaf, ast.Name) or isinstance(leaf, ast.Attribute) and simple(leaf):
                after.append(self.note("bind", leaf, node, load(leaf)))
        node.value = self.hook("hold", node, self.visit(node.value))
        return before + [node] + after

    def visit_AugAssign(self, node):
        leaf, name = copy.deepcopy(node.target), type(node.op).__name__
        node.value = self.hook("hold", node, self.visit(node.value))
        if not simple(leaf.value if isinstance(leaf, ast.Subscript) else leaf):
            return node
        if isinstance(leaf, ast.Subscript):
            place = place_of(leaf)
        else:
            place = load(leaf), ast.Constant(None)
        subscript = ast.Constant(isinstance(leaf, ast.Subscript))
        before = self.note("before", leaf, node, subscript, *copy.deepcopy(place))
        after = self.note("after", leaf, node, subscript, *copy.deepcopy(place))
        self.sites[after.value.args[0].value].op = (name, None)
        return [before, node, after]


def leaves(target):
    """The single targets of an assignment."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return [leaf for part in target.elts for leaf in leaves(part)]
    return [target]


def load(leaf):
    leaf = copy.deepcopy(leaf)
    leaf.ctx = ast.Load()
    return leaf


def place_of(leaf):
    """What is indexed and the index; None for an index that must not be computed twice."""
    index = index_value(copy.deepcopy(leaf.slice)) if simple(leaf.slice) else ast.Constant(None)
    return copy.deepcopy(leaf.value), index


def simple(node):
    """Whether an expression can be computed once more without doing anything."""
    if isinstance(node, (ast.Name, ast.Constant)):
        return True
    if isinstance(node, ast.Attribute):
        return simple(node.value)
    if isinstance(node, ast.Call):
        calm = isinstance(node.func, ast.Name) and node.func.id in {"str", "len", "range", "int", "slice"}
        return calm and not node.keywords and all(simple(arg) for arg in node.args)
    parts = (ast.Subscript, ast.BinOp, ast.UnaryOp, ast.Tuple, ast.Slice, ast.JoinedStr, ast.FormattedValue, ast.Compare)
    inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    return isinstance(node, parts) and all(simple(child) for child in inner)


def index_value(node):
    """An index as an expression of its own: `1:3` becomes `slice(1, 3, None)`."""
    if isinstance(node, ast.Slice):
        ends = [end or ast.Constant(None) for end in (node.lower, node.upper, node.step)]
        return ast.Call(ast.Attribute(ast.Name(HOOK, ast.Load()), "slice", ast.Load()), ends, [])
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        return ast.Tuple([index_value(part) for part in node.elts], ast.Load())
    return node


def compiled(text, file, sites):
    """The code of a module, rewritten; a syntax error is the script's own."""
    tree = ast.parse(text, file)
    rewriter = Rewriter(file, text, sites)
    tree.body = rewriter.body(tree.body)
    return compile(ast.fix_missing_locations(tree), file, "exec")


# --- the tape -----------------------------------------------------------------------------------------------------------


class Root:
    """The memory of an array and of all its views. `turn` counts the changes made in place."""

    __slots__ = ("serial", "turn", "strong", "weak", "bytes", "pending", "seen")

    def __init__(self, serial, array, forget):
        self.serial, self.turn, self.bytes, self.pending, self.seen = serial, 0, array.nbytes, [], True
        self.strong = array if array.nbytes <= BIG else None
        self.weak = None if self.strong is not None else weakref.ref(array, forget)

    def array(self):
        return self.strong if self.weak is None else self.weak()


class Value:
    """An array, or a number made of arrays, as it was at one moment."""

    __slots__ = ("root", "turn", "offset", "shape", "strides", "dtype", "size", "data", "made", "seq", "number")

    def __init__(self, root, turn, offset, shape, strides, dtype):
        self.root, self.turn, self.offset, self.shape, self.strides, self.dtype = root, turn, offset, shape, strides, dtype
        self.size = int(np.prod(shape))
        self.data, self.made, self.seq, self.number = None, None, 0, False

    @property
    def node(self):
        return self.root.serial, self.turn

    @property
    def key(self):
        return self.root.serial, self.turn, self.offset, self.shape, self.strides

    def get(self):
        """The numbers as they were, or None where they are gone."""
        if self.data is None and self.root.turn == self.turn:
            array = self.root.array()
            if array is not None:
                return np.ndarray(self.shape, self.dtype, memory(array), self.offset, self.strides)
        return self.data


def memory(array):
    """The buffer of a root, from its lowest address."""
    return np.lib.stride_tricks.as_strided(array, (array.size,), (array.itemsize,)).view(np.ndarray)


class Event:
    """Something was made of something."""

    __slots__ = ("seq", "site", "op", "ins", "out", "node")

    def __init__(self, seq, site, op, ins, out, node):
        self.seq, self.site, self.op, self.ins, self.out, self.node = seq, site, op, ins, out, node


class Chain:
    """What one place of the program uses, as it changes: a parameter, if the program changes it by its own arithmetic."""

    __slots__ = ("first", "kind", "versions", "seqs", "uses", "fresh", "last")

    def __init__(self, first, kind, value, seq, fresh):
        self.first, self.kind, self.versions, self.seqs, self.uses, self.fresh = first, kind, [value], [seq], [1], fresh
        self.last = seq


PRODUCTS = {"dot", "matmul", "inner", "outer", "vdot", "tensordot"}
UFUNCS = {"add": "Add", "subtract": "Sub", "multiply": "Mult", "divide": "Div", "true_divide": "Div", "negative": "Neg"}
LINEAR = {"array", "asarray", "copy", "reshape", "ravel", "flatten", "squeeze", "astype", "transpose", "sum", "mean",
          "expand_dims", "atleast_2d", "asmatrix", "Index", "concatenate", "hstack", "vstack", "append"}
CHANGES = {"fill", "sort", "put", "itemset", "shuffle", "copyto", "fill_diagonal", "partition", "at", "place", "putmask"}


class Tape:
    """What the script's arithmetic did, in order."""

    slice = staticmethod(slice)

    def __init__(self, sites, deadline):
        self.sites, self.deadline = sites, deadline
        self.seq, self.serial, self.bytes = 0, 0, 0
        self.roots, self.values, self.scalars, self.names, self.through = {}, {}, {}, {}, {}
        self.events, self.chains, self.successor, self.tainted = [], {}, {}, set()
        self.products, self.olds, self.held, self.quotients = {}, [], None, {}
        self.on, self.stopping, self.dropped, self.ignored = True, None, False, 0
        self.arguments = {}                      # names that functions have for their arguments
        self.floats = collections.deque(maxlen=2 * MOST_NUMBERS)   # what was done to plain numbers, as (site, op, ins, out)
        self.slots, self.sets = {}, {}
        self.used = set()                        # the roots that went into products, whole or in parts
        self.elements = {}                       # like names, for elements of lists and dictionaries
        self.heavy = []                          # the last large arrays that went into products, kept alive

    # What the rewritten script calls.

    def binary(self, site, left, right):
        op, function = self.sites[site].op
        out = function(left, right)
        if isinstance(left, np.ndarray) or isinstance(right, np.ndarray) or id(left) in self.scalars \
                or id(right) in self.scalars:
            product = op == "Mult" and isinstance(out, np.matrix) and not np.isscalar(left) and not np.isscalar(right)
            self.record(site, "MatMult" if product else op, (left, right), out)
        elif op in ("Div", "Mult") and type(out) is float and len(self.quotients) < 20_000:
            self.quotients.setdefault(out, (op, left, right))
        if isinstance(out, float):
            self.floats.append((site, op, (left, right), out))
        return out

    def unary(self, site, value):
        op, function = self.sites[site].op
        out = function(value)
        if isinstance(value, np.ndarray) or id(value) in self.scalars:
            self.record(site, op, (value,), out)
        elif isinstance(out, float):
            self.floats.append((site, op, (value,), out))
        return out

    def index(self, site, value, place):
        out = value[place]
        if isinstance(value, np.ndarray) and (isinstance(out, np.ndarray) or type(out) is np.float64):
            if not (isinstance(out, np.ndarray) and np.may_share_memory(out, value)):
                self.record(site, "Index", (value,), out)
        return out

    def call(self, site, function, *args, **words):
        if self.stopping and self.on:
            self.halt()
        name, owner = getattr(function, "__name__", ""), getattr(function, "__self__", None)
        changed = words.get("out")
        changed = changed[0] if isinstance(changed, tuple) else changed
        if changed is None and name in CHANGES:
            changed = owner if isinstance(owner, np.ndarray) else args[0] if args else None
        if isinstance(changed, np.ndarray):
            self.touch(changed)
        if function is sum and args:
            args = (list(args[0]), *args[1:])
        out = function(*args, **words)
        if isinstance(out, float) and args and not isinstance(function, (types.FunctionType, types.MethodType)):
            self.floats.append((site, name, tuple(args[0]) if function is sum else args, out))
        if isinstance(function, (types.FunctionType, types.MethodType, type)):
            self.passed(site, out)
            return out
        ins = args if not isinstance(owner, np.ndarray) else (owner,) + args
        flat = [part for arg in ins for part in (arg if isinstance(arg, (list, tuple)) and len(arg) < 64 else (arg,))]
        flat += [words[w] for w in words if isinstance(words[w], np.ndarray) and w != "out"]
        if any(isinstance(arg, np.ndarray) or id(arg) in self.scalars for arg in flat):
            if isinstance(changed, np.ndarray):
                self.changed(site, changed, UFUNCS.get(name, "Store"), flat)
            elif isinstance(out, (np.ndarray, float)):
                self.record(site, UFUNCS.get(name, name), flat, out)
        return out

    def slot(self, site, key, old, new):
        """A place that holds a number holds another now."""
        self.slots[key] = new
        lasting = isinstance(key, tuple) or "." in key
        if lasting and old is not None and old is not new:
            self.sets[key] = self.sets.get(key, 0) + 1
        if old is not None and old is not new:
            self.floats.append((site, "set", (key, old), new))
        if len(self.floats) >= MOST_NUMBERS and lasting and self.sets.get(key, 0) >= 3:
            often = sum(times >= 3 for times in self.sets.values())
            if often >= 4 and not any(len(chain.versions) > 1 for chain in self.chains.values()):
                self.stopping = "its parameters were updated twice"
                self.halt()

    def hold(self, value):
        self.held = value
        return value

    def bind(self, site, value):
        if isinstance(value, np.ndarray) and self.on:
            self.named(site, self.see(value), self.sites[site].name)
        elif id(value) in self.scalars:
            self.named(site, self.scalars[id(value)], self.sites[site].name)
        elif isinstance(value, float):
            self.slot(site, self.sites[site].name, self.slots.get(self.sites[site].name), value)
        elif isinstance(value, (list, tuple, dict)) and 0 < len(value) <= 64 and self.on:
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            for key, part in parts:
                if isinstance(part, np.ndarray):
                    self.held_in(site, part, f"{self.sites[site].name}[{key!r}]")

    def argument(self, site, value):
        """A function calls an array by a name of its own."""
        if isinstance(value, np.ndarray) and self.on:
            known = self.arguments.setdefault(self.see(value).key, [])
            if len(known) < 8 and self.sites[site].name not in known:
                known.append(self.sites[site].name)

    def held_in(self, site, array, name):
        """An array is an element of something that has a name."""
        known = self.elements.setdefault(self.see(array).key, [])
        if len(known) < 4 and all(expression != name for _, expression in known):
            known.append((site, name))

    def opened(self, site, base, place):
        if isinstance(base, np.ndarray):
            self.touch(base)
        self.olds.append(element(base, place))

    def stored(self, site, base, place):
        old, new = self.olds.pop() if self.olds else None, element(base, place)
        if isinstance(old, float) and isinstance(new, float):
            self.slot(site, (id(base), place), old, new)
        if isinstance(base, np.ndarray):
            self.changed(site, base, "Store", [self.held])
            return
        try:
            value = self.held if isinstance(self.held, np.ndarray) else base[place]
        except (TypeError, KeyError, IndexError):
            return
        if isinstance(value, np.ndarray) and self.on:
            self.named(site, self.see(value), called(self.sites[site].name, place))

    def before(self, site, subscript, base, place):
        if subscript and not isinstance(base, np.ndarray):
            base = base[place] if place is not None else None
        if isinstance(base, np.ndarray):
            self.olds.append(self.see(base) if self.on else None)
            self.touch(base)
        else:
            self.olds.append(self.scalars.get(id(base), base if isinstance(base, float) else None))

    def after(self, site, subscript, base, place):
        old, op, name = self.olds.pop() if self.olds else None, self.sites[site].op[0], self.sites[site].name
        if subscript and isinstance(base, np.ndarray):
            self.changed(site, base, "At" + op, [old, self.held])
            return
        if subscript and place is None:
            return
        owner = base
        if subscript:
            base, name = base[place], called(name, place)
        if isinstance(old, float) and isinstance(base, float) and id(self.held) not in self.scalars:
            self.floats.append((site, op, (old, self.held), base))
            self.slot(site, (id(owner), place) if subscript else name, old, base)
            return
        if isinstance(base, np.ndarray) and old is not None and self.on:
            if old.root is self.root(base):
                old.root.turn += 1
            self.record(site, op, (old, self.held), base)
            self.named(site, self.see(base), name)
        elif isinstance(base, float) and (old is not None or id(self.held) in self.scalars):
            self.record(site, op, (old if old is not None else base, self.held), base)
            self.bind(site, base)

    # What it is written down as.

    def root(self, array):
        base = array
        while isinstance(base.base, np.ndarray):
            base = base.base
        number = id(base)
        root = self.roots.get(number)
        if root is None or root.array() is not base:
            self.serial += 1
            root = self.roots[number] = Root(self.serial, base, lambda _, n=number: self.roots.pop(n, None))
        return root

    def see(self, array):
        """The value of an array now."""
        root = self.root(array)
        base = array
        while isinstance(base.base, np.ndarray):
            base = base.base
        offset = array.__array_interface__["data"][0] - lowest(base) if array.size else 0
        key = root.serial, root.turn, offset, array.shape, array.strides
        value = self.values.get(key)
        if value is None:
            value = self.values[key] = Value(root, root.turn, offset, array.shape, array.strides, array.dtype)
            value.seq = self.seq
            if array.nbytes <= SMALL:
                value.data = np.array(array, copy=True, subok=False)
                self.bytes += array.nbytes + 500
            else:
                root.pending.append(value)
        root.seen = True
        return value

    def touch(self, array):
        """An array is about to be changed in place: what was kept by reference is copied now."""
        root = self.root(array)
        for value in root.pending:
            if value.data is None and value.turn == root.turn and root.bytes <= BIG:
                found = value.get()
                value.data = None if found is None else found.copy()
                self.bytes += root.bytes
        root.pending = []

    def changed(self, site, array, op, ins):
        """An array was changed in place."""
        if not self.on:
            return
        root, ins = self.root(array), [self.operand(item) for item in ins]
        last = self.events[-1] if self.events else None
        if not root.seen and last is not None and last.node == (root.serial, root.turn) and last.site == site:
            new = [item for item in ins if isinstance(item, Value) and item not in last.ins]
            last.ins = last.ins + new[:max(0, 400 - len(last.ins))]
        else:
            whole = Value(root, root.turn, 0, (), (), array.dtype)
            root.turn, root.seen = root.turn + 1, False
            self.write(site, op, [whole] + ins, None, (root.serial, root.turn))
        if any(isinstance(item, Value) and item.node in self.tainted for item in self.events[-1].ins):
            self.tainted.add((root.serial, root.turn))

    def operand(self, item):
        if isinstance(item, Value):
            return item
        if isinstance(item, np.ndarray):
            return self.see(item) if item.dtype.kind in "fiub" else None
        return self.scalars.get(id(item), item if isinstance(item, (int, float, np.number)) else None)

    def record(self, site, op, ins, out):
        if not self.on:
            return
        if self.stopping:
            self.halt()
        ins = [self.operand(item) for item in ins]
        if isinstance(out, np.ndarray):
            if out.dtype.kind not in "fiub":
                return
            result = self.see(out)
        elif isinstance(out, (float, np.floating)):
            result = self.scalar(out)
        else:
            return
        if result.made is None:
            result.made = site
        self.write(site, op, ins, result, result.node)
        if op in PRODUCTS or op == "MatMult":
            self.product(site, op, ins, result)
        elif any(isinstance(item, Value) and item.node in self.tainted for item in ins):
            self.tainted.add(result.node)
        if op in ("Add", "Sub"):
            self.addition(site, ins, result)
        if op not in PRODUCTS and op not in ("MatMult", "Index", "Compare") and result.shape:
            for item in ins:
                if isinstance(item, Value) and item.size <= result.size and item.root is not result.root and item.size > 0:
                    used = item.root.serial in self.used or self.chain(item) is not None
                    if used and result.root.serial not in self.successor:
                        self.successor[result.root.serial] = item.root.serial

    def write(self, site, op, ins, out, node):
        self.seq += 1
        self.events.append(Event(self.seq, site, op, ins, out, node))
        if len(self.events) > MOST_EVENTS or self.bytes > MOST_BYTES:
            self.forget()
        if self.seq % 256 == 0 and time.monotonic() > self.deadline:
            self.stopping = self.stopping or "its time was over"

    def forget(self):
        """Drops the older half."""
        self.events = self.events[len(self.events) // 2:]
        kept = {}
        for event in self.events:
            for item in [*event.ins, event.out]:
                if isinstance(item, Value) and not item.number:
                    kept[item.key] = item
        self.dropped = True
        self.values = {key: value for key, value in self.values.items() if key in kept}
        serials = {key[0] for key in kept}
        held = {value.root.serial for chain in self.chains.values() for value in chain.versions}
        self.roots = {n: root for n, root in self.roots.items() if root.serial in serials | held or root.strong is None}
        alive = {id(event.out.data) for event in self.events if event.out is not None and event.out.number}
        self.scalars = {n: value for n, value in self.scalars.items() if n in alive}
        self.bytes = sum(value.data.nbytes + 500 for value in self.values.values() if value.data is not None)

    def scalar(self, number):
        value = self.scalars.get(id(number))
        if value is None:
            self.serial += 1
            root = Root.__new__(Root)
            root.serial, root.turn = self.serial, 0
            value = self.scalars[id(number)] = Value(root, 0, 0, (), (), np.dtype(float))
            value.data, value.number, value.seq = number, True, self.seq
        return value

    def named(self, site, value, name):
        known = self.names.setdefault(value.key, [])
        if len(known) < 8 and all(expression != name for _, expression in known):
            known.append((site, name))

    def passed(self, site, out):
        """A function of the script returned an array."""
        for item in out if isinstance(out, tuple) else (out,):
            if isinstance(item, np.ndarray) and self.on and len(self.through) < MOST_EVENTS:
                self.through.setdefault(self.see(item).key, []).append(site)

    # Parameters, while the script runs.

    def product(self, site, op, ins, result):
        self.tainted.add(result.node)
        pair = [item for item in ins[:2] if isinstance(item, Value)]
        if len(pair) == 2:
            self.products[result.node] = self.seq
            for array in (value.root.array() for value in pair if value.root.weak is not None):
                if not any(array is known for known in self.heavy):
                    self.heavy = (self.heavy + [array])[-2:]
            for slot, value in enumerate(pair):
                self.use((site, slot), "W", value, lone(pair[1 - slot]))

    def addition(self, site, ins, result):
        for slot, other in ((1, ins[0]), (0, ins[1])):
            value = ins[slot]
            if isinstance(other, Value) and isinstance(value, Value) and other.node in self.products and value.size > 0:
                if not value.number and value.node not in self.products:
                    self.use((site, slot), "b", value, False)
                self.products.setdefault(result.node, self.seq)

    def chain(self, value):
        serial, leaf = value.root.serial, (value.offset, value.size)
        for _ in range(60):
            chain = self.chains.get((serial, *leaf))
            if chain is not None:
                self.chains[(value.root.serial, *leaf)] = chain
                return chain
            serial = self.successor.get(serial)
            if serial is None:
                return None
        return None

    def use(self, place, kind, value, fresh):
        chain = self.chain(value)
        self.used.add(value.root.serial)
        if chain is None:
            self.chains[(value.root.serial, value.offset, value.size)] = Chain(place, kind, value, self.seq, fresh)
            return
        if chain.first != place:
            return
        chain.last = self.seq
        if value.node == chain.versions[-1].node:
            chain.uses[-1] += 1
        elif value.node in self.tainted and chain.versions[0].node not in self.tainted:
            chain.versions.append(value)
            chain.seqs.append(self.seq)
            chain.uses.append(1)
            self.enough()

    def enough(self):
        """Stops the script once every parameter that is updated has been updated twice; single rows go on a little."""
        moving = [chain for chain in set(self.chains.values()) if len(chain.versions) > 1]
        single = all(chain.fresh and chain.uses[0] == 1 for chain in moving if chain.kind == "W")
        wanted = 10 if single else 3
        counts = [len(chain.versions) for chain in moving]
        if min(counts) >= wanted or max(counts) > wanted + 1:
            self.stopping = "its parameters were updated twice"
            self.halt()

    def halt(self):
        self.ignored += 1
        if self.ignored > 1000:                  # a bare `except:` in a loop eats every exception
            finish_now()
        raise Stop(self.stopping)


def element(base, place):
    """What a list or a dictionary holds at a place; None where there is nothing."""
    try:
        return base[place] if isinstance(base, (list, dict)) else None
    except (TypeError, KeyError, IndexError):
        return None


def lowest(array):
    """The lowest address of an array's memory."""
    start = array.__array_interface__["data"][0]
    return start + sum((n - 1) * step for n, step in zip(array.shape, array.strides) if step < 0 and n > 0)


def lone(value):
    """Whether a value is one row."""
    return len(value.shape) < 2 or 1 in value.shape


def called(name, place):
    """`grads["W" + str(i)]` by the index that it had: `grads['W1']`."""
    if isinstance(place, (int, str, np.integer)) and name.endswith("]"):
        depth = 0
        for at in range(len(name) - 1, -1, -1):
            depth += (name[at] == "]") - (name[at] == "[")
            if depth == 0:
                return f"{name[:at]}[{int(place) if isinstance(place, np.integer) else place!r}]"
    return name


# --- functions of a layer -----------------------------------------------------------------------------------------------

ROOT_2_PI = float(np.sqrt(2 / np.pi))


def softmax(z, axis):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max())
        return e / e.sum(axis=axis, keepdims=True)


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def erf(x):
    from math import erf as one
    return np.vectorize(one)(x) if x.size < 200_000 else np.full(x.shape, np.nan)


HIDDEN = [
    ("sigmoid", sigmoid), ("tanh", np.tanh), ("relu", lambda z: np.maximum(z, 0)),
    ("softmax", lambda z: softmax(z, 1)), ("softplus", lambda z: np.logaddexp(0, z)),
    ("silu", lambda z: z * sigmoid(z)), ("elu", lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0)))),
    ("gelu-tanh", lambda z: 0.5 * z * (1 + np.tanh(ROOT_2_PI * (z + 0.044715 * z ** 3)))),
    ("gelu", lambda z: 0.5 * z * (1 + erf(z / np.sqrt(2)))),
    ("selu", lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))),
    ("mish", lambda z: z * np.tanh(np.logaddexp(0, z))), ("hardtanh", lambda z: np.clip(z, -1, 1)),
    ("linear", lambda z: z),
]
# What people get from a softmax that sums over the wrong thing; its name for the output stays softmax.
SOFTMAXES = [("softmax", lambda z: softmax(z, 1)), ("softmax", lambda z: softmax(z, 0)),
             ("softmax", lambda z: softmax(z, None))]


def gap(a, b):
    """The distance of a from b, relative to b."""
    with np.errstate(all="ignore"):
        size = float(np.sqrt(np.mean(np.square(b, dtype=float))))
        off = float(np.sqrt(np.mean(np.square(np.subtract(a, b, dtype=float)))))
    return off / size if size > 0 else off


def near(a, b, kind):
    return a.shape == b.shape and gap(a, b) < (1e-4 if kind == np.float32 else EXACT)


def function_of(z, a, kind, output=False):
    """The name of the function that makes `a` of `z`, with the slope of a leaky relu; None where it is none of them."""
    if z.shape != a.shape or not np.isfinite(z).all() or not np.isfinite(a).all():
        return None
    for name, function in (SOFTMAXES if output and z.shape[1] > 1 else []) + HIDDEN:
        with np.errstate(all="ignore"):
            if name != "softmax" and near(function(z), a, kind) or name == "softmax" and output and z.shape[1] > 1 \
                    and near(function(z), a, kind):
                return name, None
    below = z < 0
    if below.any() and near(a[~below], z[~below], kind):
        slope = float(np.vdot(a[below], z[below]) / np.vdot(z[below], z[below]))
        if near(np.where(below, slope * z, z), a, kind) and 0 < slope < 1:
            return "leaky-relu", float(f"{slope:.6g}")
    return None


def mask_of(z, a, kind):
    """The function of a layer under a dropout, and the mask with its scale: a = f(z) · mask."""
    for name, function in HIDDEN:
        with np.errstate(all="ignore"):
            full = function(z)
            ratio = np.where(np.abs(full) > 1e-12, a / full, 0.0)
        kept = ratio[ratio != 0]
        if name not in ("linear", "softmax") and kept.size and np.ptp(kept) < 1e-5 * abs(kept[0]) and kept[0] >= 0.999 \
                and (ratio == 0).any() and kept.size > 0.05 * ratio.size:
            return name, np.where(ratio != 0, 1.0, 0.0), 1.0 / float(kept[0])
    return None


# --- what the tape says -------------------------------------------------------------------------------------------------


class Unclear(Exception):
    """The tape does not show what is needed; the text says what is missing."""


class Layer:
    """A product x·W of the program with all that belongs to it, in rows: x is (m, in), W is (in, out)."""

    def __init__(self, chain, event, slot):
        self.chain, self.event, self.slot = chain, event, slot
        self.operand, self.other = event.ins[slot], event.ins[1 - slot]
        self.right, self.op = slot == 1, event.op
        self.bias, self.bias_sign, self.bias_event = None, 1, None
        self.events, self.z, self.input, self.function, self.slope, self.mask, self.keep = [], None, None, None, None, None, None
        self.ones = None                         # the column of the input that is all ones, where the bias is a row of W
        self.d_weight = self.d_bias = None

    def weight(self, array):
        """An array laid out as this layer's operand, as (in, out)."""
        array = np.asarray(array, dtype=float)
        if array.ndim < 2:
            return array.reshape(-1, 1)
        if array.ndim > 2:
            return None
        return array if self.right and self.op != "inner" else array.T

    def rows(self, array, width=None):
        """An array of the other operand's layout as rows."""
        array = np.asarray(array, dtype=float)
        if array.ndim == 0:
            return array.reshape(1, 1)
        if array.ndim == 1:
            column = width is not None and array.size != width and width == 1 and len(self.other.shape) == 2
            return array.reshape(-1, 1) if column else array.reshape(1, -1)
        return array if self.right else array.T

    def contracted(self, event, slot):
        """The stride of the axis of W that a product sums over."""
        strides = event.ins[slot].strides
        if len(strides) < 2:
            return strides[0] if strides else 0
        return strides[-1] if slot == 0 or event.op == "inner" else strides[0]


class Gradient:
    """The array that a step is a multiple of."""

    def __init__(self, value, array, multiple, rate, rule, exact=True):
        self.value, self.array, self.multiple, self.rate, self.rule, self.exact = value, array, multiple, rate, rule, exact


class Story:
    """The roles of the arrays in the update number `t` from 0."""

    def __init__(self, tape, t):
        self.tape, self.t, self.said = tape, t, []
        chains = {id(chain): chain for chain in tape.chains.values()}.values()
        self.weights = [chain for chain in chains if chain.kind == "W" and len(chain.versions) > t + 1]
        self.biases = [chain for chain in chains if chain.kind == "b" and len(chain.versions) > t + 1]
        self.still = [chain for chain in chains if len(chain.versions) == 1]
        if not self.weights:
            raise Unclear("no array that is multiplied with data was updated")
        self.start = min(chain.seqs[t] for chain in self.weights)
        self.end = min(chain.seqs[t + 1] for chain in self.weights)
        self.events = [event for event in tape.events if event.seq < self.end]
        if tape.dropped and (not self.events or self.events[0].seq > self.start):
            raise Unclear("one update takes more operations than the tracer keeps")
        self.inside = [event for event in self.events if event.seq >= self.start]
        self.made = {}
        for event in self.inside:
            self.made.setdefault(event.node, []).append(event)
        self.ancestors = self.above([chain.versions[t + 1].node for chain in self.weights + self.biases])
        self.cycles = self.forward()
        self.layers = self.cycles[0]
        self.preactivations()
        self.output()
        self.inputs()
        self.functions()
        self.gradients()
        self.loss()

    def above(self, nodes):
        """All that the nodes were made of, in this update."""
        seen, waiting = set(nodes), list(nodes)
        while waiting:
            for event in self.made.get(waiting.pop(), []):
                for item in event.ins:
                    if isinstance(item, Value) and item.node not in seen:
                        seen.add(item.node)
                        waiting.append(item.node)
        return seen

    # Forward.

    def forward(self):
        """The passes forward that the update is made of: for each row or batch the layers in order."""
        mine = {id(chain): chain for chain in self.weights}
        order, cycles, cycle, first = [], [], [], {}
        for event in self.inside:
            if event.op not in PRODUCTS and event.op != "MatMult" or event.op == "outer":
                continue
            pair = event.ins[:2]
            if len(pair) < 2 or not all(isinstance(item, Value) for item in pair) or event.node not in self.tape.products:
                continue
            for slot in (1, 0):
                chain = self.tape.chain(pair[slot])
                if chain is None or id(chain) not in mine or pair[slot].node != chain.versions[self.t].node:
                    continue
                layer = Layer(chain, event, slot)
                axis = layer.contracted(event, slot)
                if first.setdefault(id(chain), (axis, slot))[0] != axis:
                    continue
                if id(chain) not in order:
                    if any(part_of(pair[slot], known.operand) for known in (cycles[0] if cycles else cycle)):
                        continue                 # without its row of biases the weight goes backward
                    order.append(id(chain))
                    cycle.append(layer)
                    break
                place = order.index(id(chain))
                if place == 0:
                    cycles.append(cycle)
                    cycle = [layer]
                    break
                if place == len(cycle):
                    cycle.append(layer)
                    break
        cycles.append(cycle)
        cycles = [cycle for cycle in cycles if len(cycle) == len(order)]
        mine = [cycle for cycle in cycles if cycle[-1].event.node in self.ancestors]
        if not cycles:
            raise Unclear("no whole pass forward was seen")
        if not mine:
            mine = cycles if lone(cycles[0][0].other) else cycles[-1:]
        if not all(lone(cycle[0].other) for cycle in mine):
            mine = mine[-1:]
        return mine

    def preactivations(self):
        """z = x·W + b of every layer and row."""
        mine = {id(chain): chain for chain in self.biases + self.still if chain.kind == "b"}
        users = {}
        for event in self.inside:
            if event.op in ("Add", "Sub"):
                for item in event.ins:
                    if isinstance(item, Value):
                        users.setdefault(item.node, []).append(event)
        for cycle in self.cycles:
            for layer in cycle:
                layer.out = layer.event.out
                for event in users.get(layer.event.out.node, []):
                    slot = 0 if isinstance(event.ins[1], Value) and event.ins[1].node == layer.event.out.node else 1
                    bias = event.ins[slot] if len(event.ins) > 1 else None
                    chain = self.tape.chain(bias) if isinstance(bias, Value) and bias.size else None
                    data = chain in self.still and (event.op == "Sub" or bias.size == layer.event.out.size)
                    if chain is not None and id(chain) in mine and event.out is not None and not data:
                        layer.bias, layer.bias_event, layer.out = chain, event, event.out
                        layer.bias_sign = -1 if event.op == "Sub" and slot == 1 else 1
                        break

    def stack(self, number, get):
        """What `get` gives for layer `number` of every row, on top of each other."""
        parts = [get(cycle[number]) for cycle in self.cycles]
        if any(part is None for part in parts) or len({part.shape[1:] for part in parts}) > 1:
            return None
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def inputs(self):
        for number, layer in enumerate(self.layers):
            layer.input = self.stack(number, lambda one: numbers(one.other, one.rows))
            layer.w0 = layer.weight(numbers(layer.chain.versions[self.t]))
            layer.w1 = numbers(layer.chain.versions[self.t + 1], layer.weight)
            if layer.input is None or layer.w0 is None or layer.w1 is None:
                raise Unclear(f"the input of layer {number + 1} was changed before it could be read")
            width = layer.w0.shape[1]
            z = self.stack(number, lambda one: numbers(one.out, lambda array: one.rows(array, width)))
            layer.z = z if z is not None and z.shape == (len(layer.input), layer.w0.shape[1]) else None
            if layer.input.shape[1] != layer.w0.shape[0]:
                raise Unclear(f"layer {number + 1} is no product of rows with weights")
            constant = np.flatnonzero((layer.input == 1).all(axis=0)) if layer.bias is None else []
            if len(constant) == 1 and layer.input.shape[1] > 1 and len(layer.input) > 1 or len(constant) == 1 \
                    and number > 0:
                layer.ones = int(constant[0])
            layer.b0 = layer.b1 = None
            if layer.bias is not None:
                layer.b0 = numbers(layer.bias.versions[self.t if len(layer.bias.versions) > self.t else 0])
                if len(layer.bias.versions) > self.t + 1:
                    layer.b1 = numbers(layer.bias.versions[self.t + 1])
                else:
                    self.said.append(("bias-not-updated", f"b{number + 1}"))

    def functions(self):
        """The function between one layer and the next."""
        for number, (layer, after) in enumerate(zip(self.layers, self.layers[1:])):
            a = after.input
            if after.ones is not None and layer.z is not None and a.shape[1] == layer.z.shape[1] + 1:
                a = np.delete(a, after.ones, axis=1)
            else:
                after.ones = None
            layer.a = a
            if layer.z is None or a.shape != layer.z.shape:
                raise Unclear(f"what layer {number + 2} receives is not what layer {number + 1} gives")
            kind = layer.out.dtype
            same = layer.out.node == after.other.node
            found = ("linear", None) if same else function_of(layer.z, a, kind)
            if found:
                layer.function, layer.slope = found
                continue
            dropped = mask_of(layer.z, a, kind)
            if dropped:
                layer.function, layer.mask, layer.keep = dropped

    # The output.

    def output(self):
        """What the output is compared with: y, and the prediction p."""
        last = len(self.layers) - 1
        starts = {cycle[last].out.node: number for number, cycle in enumerate(self.cycles)}
        products = {layer.event.seq for cycle in self.cycles for layer in cycle}
        taint, found, self.down = {}, {}, set()
        for event in self.inside:
            if event.seq in products or any(isinstance(item, Value) and item.node in self.down for item in event.ins):
                self.down.add(event.node)
            if event.node in starts and event.op in ("Add", "Sub", "MatMult", "Mult", *PRODUCTS):
                taint[event.node] = starts[event.node]
                continue
            marks = [taint.get(item.node) if isinstance(item, Value) else None for item in event.ins]
            cycle = max((mark for mark in marks if mark is not None), default=None)
            if cycle is None:
                continue
            taint[event.node] = cycle
            kind = self.comparison(event, marks)
            if kind is not None:
                found.setdefault(kind, {}).setdefault(event.site, {}).setdefault(cycle, event)
        for kind in sorted(found):
            for site, events in sorted(found[kind].items(), key=lambda item: next(iter(item[1].values())).seq):
                if len(events) == len(self.cycles) and self.targets([events[c] for c in range(len(self.cycles))]):
                    return
        raise Unclear("nothing was found that the output is compared with")

    def comparison(self, event, marks):
        """How much an event looks like output against target: smaller is more, None not at all."""
        constant = self.tape.sites[event.site].constant
        if event.op in ("AtSub", "AtAdd"):
            return 0 if event.node in self.ancestors and marks[0] is not None else None
        if event.op not in ("Sub", "Div", "Mult", "Add") or len(event.ins) != 2 or (marks[0] is None) == (marks[1] is None):
            return None
        side = 0 if marks[0] is None else 1
        other, mine = event.ins[side], event.ins[1 - side]
        if constant[side] or other is None:
            return None
        if isinstance(other, Value):
            if other.node in self.down or other.node == self.layers[0].other.node:
                return None
        elif event.op != "Sub" or mine.size > 1 and event.node not in self.ancestors:
            return None
        if event.op == "Add" or event.op == "Div" and side == 1:
            return None
        alive = event.node in self.ancestors
        return {"Sub": 1 if alive else 3, "Div": 2 if alive else 4, "Mult": 5}[event.op]

    def targets(self, events):
        """Takes p and y from the events that compare them, one for each row or batch."""
        last = self.layers[-1]
        width = numbers(last.chain.versions[self.t], last.weight).shape[1]
        mine, other, z = [], [], []
        for event, cycle in zip(events, self.cycles):
            z_here = numbers(cycle[-1].out, lambda array: last.rows(array, width))
            p, y = self.compared(event, last, width)
            if p is None or z_here is None or p.shape != z_here.shape:
                return False
            mine.append(p), other.append(y), z.append(z_here)
        p, z = np.concatenate(mine), np.concatenate(z)
        y = other[0] if len(other) == 1 else np.concatenate([np.atleast_1d(part) for part in other])
        y = self.coded(y, p, last)
        if y is None:
            return False
        same = any(isinstance(item, Value) and item.node == self.cycles[0][-1].out.node for item in events[0].ins)
        found = ("linear", None) if same else function_of(z, p, last.out.dtype, output=True)
        if found is None and events[0].op in ("Mult", "Div"):
            with np.errstate(all="ignore"):
                found = function_of(z, np.exp(p), last.out.dtype, output=True)
            p = np.exp(p) if found else p
            if not found:
                return False
        self.p, self.y, last.function, last.slope = p, y, *(found or (None, None))
        self.compare = events[0]
        ins = events[0].ins
        self.y_value = next((item for item in ins if isinstance(item, Value) and item.node not in self.down), None)
        self.p_value = next((item for item in ins if isinstance(item, Value) and item.node in self.down), None)
        return True

    def compared(self, event, last, width):
        """The prediction and the target of one event."""
        if event.op in ("AtSub", "AtAdd"):
            root = event.ins[0].root
            at = lambda turn: next((value for value in self.tape.values.values()
                                    if value.root is root and value.turn == turn and value.data is not None), None)
            old, new = at(event.node[1] - 1), at(event.node[1])
            if old is None or new is None or old.shape != new.shape:
                return None, None
            p, after = last.rows(old.data, width), last.rows(new.data, width)
            return p, np.round(np.abs(p - after), 9)
        side = 0 if isinstance(event.ins[1], Value) and event.ins[1].node in self.down else 1
        p = numbers(event.ins[1 - side], lambda array: last.rows(array, width))
        other = event.ins[side]
        return p, np.asarray(other.get() if isinstance(other, Value) else other)

    def coded(self, y, p, last):
        """Targets as rows, or as one number each."""
        if y is None or y.dtype.kind not in "fiub":
            return None
        y = np.asarray(y, dtype=float)
        if y.ndim == 2 and not last.right and len(self.cycles) == 1:
            y = y.T
        if y.size == p.size and y.size == len(p) * p.shape[1]:
            return y.reshape(p.shape)
        if y.size == len(p):
            return y.reshape(-1)
        return None

    # Backward.

    def gradients(self):
        self.sizes, self.numbers_seen = {}, []
        for event in self.inside:
            if event.out is not None and event.out.number:
                self.numbers_seen.append(event.out)
            for item in [*event.ins, event.out]:
                if isinstance(item, Value) and item.size:
                    self.sizes.setdefault(item.size, {})[item.key if not item.number else id(item)] = item
        self.constants = None
        for layer in self.layers + self.layers:  # twice: what Adam's constants are is known after the first round
            if layer.d_weight is not None and (self.constants is None or layer.d_weight.rule == "adaptive"):
                continue
            layer.d_weight = self.gradient(layer.w0, layer.w1, layer.weight, layer.chain)
            if layer.b1 is not None:
                shape = np.shape(layer.b0)
                flat = lambda array, shape=shape: np.asarray(array, dtype=float)
                layer.d_bias = self.gradient(np.asarray(layer.b0, float), np.asarray(layer.b1, float), flat, layer.bias)
        found = [g for layer in self.layers for g in (layer.d_weight, layer.d_bias) if g is not None]
        rates = [g.rate for g in found if g.rate is not None]
        self.rate = max(rates, key=abs) if rates else None
        counts = self.counts()
        for g in found:
            if g.rate is not None and self.rate and not close(g.rate, self.rate):
                if any(close(self.rate / g.rate, count) or close(g.rate / self.rate, count) for count in counts):
                    by = g.rate / self.rate      # 1/m was taken for a part of the rate
                    g.array, g.multiple, g.rate = g.array * by, g.multiple / by, self.rate
        # The last weight says whether the gradient is added or subtracted; the others are written likewise.
        sign = next((np.sign(layer.d_weight.multiple) for layer in reversed(self.layers) if layer.d_weight), -1.0)
        self.update = "-=" if sign < 0 else "+="
        for layer in self.layers:
            for g, turned in ((layer.d_weight, 1), (layer.d_bias, layer.bias_sign)):
                if g is not None and np.sign(g.multiple) * turned != sign:
                    g.array, g.multiple = -g.array, -g.multiple
                if g is not None:
                    g.multiple *= turned         # of a threshold t the bias is -t

    def counts(self):
        """Numbers that stand for a mean: of rows, of outputs, of both, of a square."""
        m, k = len(self.p), self.p.shape[1]
        return {float(n) for n in (m, m * k, k, 2, 2 * m, 2 * m * k, m / 2, m * k / 2, 1, len(self.layers[0].w0))}

    def gradient(self, before, after, layout, chain):
        """The array of the program that the step from `before` to `after` is a multiple of."""
        if after is None or before is None:
            return None
        step = after - before
        if not np.isfinite(step).all() or not step.any():
            if not np.isfinite(step).all():
                self.said.append(("step-not-finite", self.expression(chain)))
            return None
        kind = chain.versions[0].dtype
        eps = 1e-6 if kind == np.float32 else 2e-15
        slack = max(EXACT, 20 * eps * float(np.abs(before).max(initial=0)) / float(np.sqrt(np.mean(step ** 2))))
        found, loose = [], []
        items = list(self.sizes.get(step.size, {}).values())
        for item in items[-1500:]:
            for array in self.laid(item, step.shape, layout):
                c = multiple(step, array)
                if c is not None and gap(c * array, step) < min(slack, 0.01):
                    found.append((item, array, c))
                    break
                loose.append((item, array))
        found = [f for f in found if f[0].node in self.ancestors and f[0].node != chain.versions[self.t + 1].node] or found
        way = self.way(chain)
        if step.size > 1 and np.ptp(step) <= slack * abs(step).max():
            found += [(value, np.full(step.shape, float(value.data)), float(step.flat[0]) / float(value.data))
                      for value in self.numbers_seen if value.node in way and value.data]
        found = [f for f in found if f[0].node in way] if way else found
        if found and all(close(abs(c), 1.0) for _, _, c in found):
            special = self.adaptive(step, loose)
            if special is not None:
                return special
        if found:
            return self.chosen(sorted(found, key=lambda f: f[0].seq), step)
        return self.adaptive(step, loose) or self.decayed(step, loose, before, after, slack) or self.bare(step)

    def way(self, chain):
        """What the step was made of by adding, turning and scaling alone: of a single row, everything is a multiple of
        everything, and only the way it was made tells what the gradient is."""
        before, after = chain.versions[self.t].node, chain.versions[self.t + 1].node
        seen, waiting = set(), [after]
        while waiting:
            for event in self.made.get(waiting.pop(), []):
                linear = event.op in ("Add", "Sub", "Neg", "AtAdd", "AtSub", "Store") or event.op in LINEAR
                for side, item in enumerate(event.ins):
                    if not isinstance(item, Value) or item.node in seen or item.node == before:
                        continue
                    rest = [other for other in event.ins if other is not item]
                    fixed = all(not isinstance(other, Value) or other.number and other.node not in self.down for other in rest)
                    scaled = fixed and (event.op == "Mult" or event.op == "Div" and side == 0)
                    # Of a sum of two single numbers neither is a multiple, unless the other is zero.
                    other = [one for one in rest if not (isinstance(one, Value) and one.node == before)]
                    alone = event.op in ("Add", "Sub") and item.size == 1 and any(np.any(numbers(one)) for one in other)
                    if (linear or scaled) and not alone:
                        seen.add(item.node)
                        waiting.append(item.node)
        return seen

    def laid(self, item, shape, layout):
        """The ways to read a value as an array of this shape."""
        raw = item.get()
        if raw is None or raw.dtype.kind != "f" and raw.dtype.kind not in "iu":
            return
        for turned in (raw, raw.T):
            array = layout(turned)
            if array is not None and array.shape != shape and array.size == np.prod(shape) and (array.ndim < 2 or 1 in array.shape):
                array = array.reshape(shape)
            if array is not None and array.shape == shape and np.isfinite(array).all() and array.any():
                yield array
            if raw.ndim < 2:
                return

    def chosen(self, found, step):
        """Of arrays that are multiples of one another, the one that the person calls the gradient, and the rate."""
        factors, last = [], found[0]
        for item, array, c in found[1:]:
            size = abs(last[2] / c)
            if not close(size, 1.0):
                factors.append(self.factor(size, item.node))
                last = (item, array, c)
        if not close(abs(last[2]), 1.0):
            factors.append(self.factor(abs(last[2]), None))
        inner = self.inner(found[0][0])          # the rate, if it stands inside the product
        if factors and inner == 1.0 and all(close(rate, 1.0) for _, rate in factors):
            count, rate = factors[-1]            # every step has a rate: the last factor, if no other looks like one
            factors[-1] = (1.0, count * rate)
        count = float(np.prod([count for count, _ in factors])) / inner
        rate = float(np.prod([rate for _, rate in factors])) * inner
        total = abs(found[0][2])
        wanted = [f for f in found if close(total / abs(f[2]), count)]
        best = next((f for f in wanted if self.tape.names.get(f[0].key)), None) or (wanted or [found[0]])[0]
        item, array, c = best
        if item.number and array.size > 1:       # a gradient that was summed over everything
            array = array.reshape(-1)[:1].reshape(1, 1)
        scale = count / (total / abs(c))
        if abs(scale - 1) < 1e-6:
            scale = 1.0
        return Gradient(item, array * scale, c / scale, rate, "sgd")

    def inner(self, item):
        """Where the rate was multiplied into a factor of the product: (0.1 · x') · delta."""
        for event in self.made.get(item.node, []):
            if event.op not in PRODUCTS and event.op not in ("MatMult", "Mult"):
                continue
            for operand in event.ins[:2]:
                for made in self.made.get(operand.node, []) if isinstance(operand, Value) else []:
                    scalars = [number for number in made.ins if isinstance(number, (int, float)) and number]
                    if made.op in ("Mult", "Div") and len(scalars) == 1 and len(made.ins) == 2:
                        size = abs(scalars[0]) if made.op == "Mult" else 1 / abs(scalars[0])
                        count, rate = self.factor(size, operand.node)
                        return rate
        return 1.0

    def factor(self, size, node):
        """A factor on the way from an array to the step as (count, rate): 2/m is a count, 0.1 a rate, 0.1/m is both."""
        scalars = [(event.op, abs(float(item))) for event in self.made.get(node, []) for item in event.ins
                   if isinstance(item, (int, float, np.number)) and item]
        counts = self.counts()
        among = lambda number: next((n for n in counts if close(abs(float(number)), n)), None)
        if any(op == "Div" and close(1 / by, size) and among(by) and by != 1 for op, by in scalars):
            return size, 1.0
        if close(size, 2.0):
            return size, 1.0
        op, left, right = self.quotient(size)
        if op == "Div" and right and among(right) and abs(right) != 1:
            own = 1.0 if abs(left) in (1, 2, 0.5) else abs(float(left))
            return size / own, own
        if op == "Mult":
            for one, other in ((left, right), (right, left)):
                count, rate = self.factor(abs(float(one)), None) if self.quotient(one)[0] == "Div" else (1.0, abs(float(one)))
                if count != 1.0:
                    return count, rate * abs(float(other))
        return 1.0, size

    def quotient(self, size):
        """How the program made a number of other numbers."""
        return next((made for number, made in self.tape.quotients.items() if close(abs(number), abs(size))), (None, 0, 0))

    def adaptive(self, step, loose):
        """Adam's first step, RMSprop's and Adagrad's: −α g / (|g| + ε), with one α and ε for all parameters."""
        for item, g in sorted(loose, key=lambda pair: -pair[0].seq):
            live = (np.abs(g) > 1e-12 * np.abs(g).max()) & (step != 0)
            if item.node not in self.ancestors or not live.any() or live.sum() < 0.5 * np.count_nonzero(g):
                continue
            ratio, size = g[live] / step[live], np.abs(g[live])
            if not (np.sign(ratio) == np.sign(ratio[0])).all():
                continue
            if self.constants is None and live.sum() > 3 and np.ptp(size) > 1e-6 * size.max():
                slope, shift = np.polyfit(size, np.abs(ratio), 1)
                fits = gap(slope * size + shift, np.abs(ratio)) < 1e-6
                if fits and abs(shift) < 0.5 * slope * size.max():
                    self.constants = slope, shift
                    return Gradient(*self.first_of(item, g), np.sign(ratio[0]), None, "adaptive")
            elif self.constants is not None:
                slope, shift = self.constants
                # Of Adam's average m and the gradient itself only α differs, by 1 − β.
                scale = np.median(np.abs(ratio) / (slope * size + shift))
                if abs(scale - 1) < 1e-6 and gap(slope * size + shift, np.abs(ratio)) < 1e-5:
                    return Gradient(*self.first_of(item, g), np.sign(ratio[0]), None, "adaptive")
        return None

    def decayed(self, step, loose, before, after, slack):
        """A step with weight decay in it: α g + β W."""
        for item, g in sorted(loose, key=lambda pair: -pair[0].seq):
            if item.node in self.ancestors and before.any() and gap(g, after) > 1e-3 and gap(g, before) > 1e-3:
                (a, b), *_ = np.linalg.lstsq(np.stack([g.ravel(), before.ravel()], axis=1), step.ravel(), rcond=None)
                if a and gap(a * g + b * before, step) < slack and abs(b) * np.abs(before).max() > 1e-9 * np.abs(step).max():
                    self.said.append(("decay", float(-b / abs(a))))
                    return Gradient(*self.first_of(item, g), a, abs(a), "decay")
        return None

    def first_of(self, item, g):
        """The earliest array that `g` is a positive multiple of: m of Adam is 0.1 of the gradient."""
        for value in sorted(self.sizes.get(g.size, {}).values(), key=lambda value: value.seq):
            raw = value.get()
            if raw is None or value.node not in self.ancestors or raw.dtype.kind != "f":
                continue
            for turned in (raw, raw.T):
                if turned.shape == g.shape:
                    c = multiple(g, turned)
                    if c is not None and c > 0 and gap(c * turned, g) < 1e-9 and self.tape.names.get(value.key):
                        return value, np.asarray(turned, dtype=float)
        for value in sorted(self.sizes.get(g.size, {}).values(), key=lambda value: value.seq):
            raw = value.get()
            if raw is not None and raw.shape == g.shape and raw.dtype.kind == "f" and value.node in self.ancestors:
                c = multiple(g, raw)
                if c is not None and c > 0 and gap(c * raw, g) < 1e-9:
                    return value, np.asarray(raw, dtype=float)
        return item, g

    def bare(self, step):
        """No array is a multiple of the step: the step itself, with the rate in it."""
        return Gradient(None, -step, -1.0, None, "step")

    # The loss.

    def loss(self):
        """The loss that the program computes, where one of its numbers is one."""
        p, y, self.losses = self.p, self.y, []
        if y.shape != p.shape and p.shape[1] > 1:
            if not (y == np.round(y)).all() or y.min() < 0 or y.max() >= p.shape[1] + 1:
                return
            y = np.eye(p.shape[1])[(y - (1 if y.max() == p.shape[1] else 0)).astype(int)]
        y = y.reshape(p.shape)
        m, k = p.shape
        with np.errstate(all="ignore"):
            ce = -np.sum(y * np.log(p))
            bce = -np.sum(np.where(y > 0, y * np.log(p), 0) + np.where(y < 1, (1 - y) * np.log(1 - p), 0))
            square = np.sum((p - y) ** 2)
        sums = [("bce", bce), ("sse", square), ("half-sse", square / 2)] + ([("ce", ce)] if k > 1 else [])
        forms = [(name, reduction, value / by) for name, value in sums for reduction, by in
                 (("sum", 1), ("mean", m), ("mean-all", m * k)) if np.isfinite(value) and value > 0]
        seen = set()
        for event in self.inside:
            for item in [event.out] + event.ins:
                if isinstance(item, Value) and item.number and id(item) not in seen and item.data:
                    seen.add(id(item))
                    for name, reduction, value in forms:
                        if abs(abs(float(item.data)) / value - 1) < 1e-9:
                            self.losses.append((name, reduction, float(abs(item.data)), event))

    # In the person's words.

    def expression(self, chain):
        known = [name for version in chain.versions[self.t:self.t + 2] for key in self.aliases(version)
                 for names in (self.tape.names, self.tape.elements) for _, name in names.get(key, [])]
        lasting = [name for name in known if "[" in name or "." in name]   # not the variable of a loop
        return (lasting or known or [None])[0]

    def aliases(self, version):
        """The keys under which the whole array or this view of it is known."""
        known = [key for names in (self.tape.names, self.tape.elements) for key in names if key[0] == version.root.serial]
        return [version.key] + [key for key in known if key[2:] == version.key[2:]] + known


def part_of(value, whole):
    """Whether a value lies inside the memory of a larger one."""
    if value.root is not whole.root or value.size >= whole.size:
        return False
    reach = sum((n - 1) * abs(step) for n, step in zip(whole.shape, whole.strides))
    return whole.offset <= value.offset <= whole.offset + reach


def numbers(value, layout=lambda array: np.asarray(array, dtype=float)):
    found = value.get() if isinstance(value, Value) else value
    return None if found is None else layout(found)


def multiple(step, array):
    size = float(np.vdot(array, array))
    c = float(np.vdot(array, step)) / size if size else 0.0
    return c if c and np.isfinite(c) else None


def close(a, b):
    return b != 0 and abs(a / b - 1) < 1e-7


# --- what is written ----------------------------------------------------------------------------------------------------


class Report:
    """A story as a dump and as roles. The dump holds z, a and p only where they are not what their equations give.

    Of a batch like 60,000 × 784 most inputs are written through their sums: with x = [x₁ x₂] and W = [W₁; W₂] the pair
    x' = [x₁ x₂W₂], W' = [W₁; 1] has the same z, and x'ᵀδ = [x₁ᵀδ; W₂ᵀ(x₂ᵀδ)] is made of the program's own gradient. So
    every equation holds for the thin batch exactly if it holds for the whole.
    """

    def __init__(self, story):
        self.story, self.tape = story, story.tape
        self.arrays, self.notes, self.roles, self.lines, self.named = {}, {}, {}, {}, {}
        self.words_for, self.kept, self.rest = {}, None, None
        self.orientation = self.layout()
        self.data()
        for number, layer in enumerate(story.layers, 1):
            self.layer(number, layer, number == len(story.layers))
        self.conventions()

    def layout(self):
        layers = self.story.layers
        if all(not layer.right for layer in layers):
            return "col"
        turned = lambda layer: layer.op == "inner" or len(layer.operand.strides) == 2 and min(layer.operand.shape) > 1 \
            and layer.operand.strides[0] < layer.operand.strides[1]
        return "torch" if all(layer.right and turned(layer) for layer in layers) else "row"

    def put(self, name, array, kind):
        """Keeps an array that is in rows: data turned for `col`, weights for `col` and `torch`."""
        turned = kind == "data" and self.orientation == "col" or kind == "weight" and self.orientation != "row"
        if array is not None:
            if self.story.layers[0].chain.versions[0].dtype == np.float32 and name != "y":
                array = array.astype(np.float32)
            self.arrays[name] = array.T if turned and array.ndim == 2 else array

    def data(self):
        story = self.story
        first = story.layers[0]
        x = first.input if first.ones is None else np.delete(first.input, first.ones, axis=1)
        w = first.w0 if first.ones is None else np.delete(first.w0, first.ones, axis=0)
        if x.size > LARGE and x.shape[1] > KEPT + w.shape[1]:
            spread = x[:: max(1, len(x) // 1000)].std(axis=0)
            self.kept = np.sort(np.argsort(-spread)[:KEPT])
            self.rest = np.setdiff1d(np.arange(x.shape[1]), self.kept)
            # Inputs one by one, and the others' share of z as inputs of weight one: x·W is the same, and so is x'·delta.
            x = np.hstack([x[:, self.kept], x @ w - x[:, self.kept] @ w[self.kept]])
        self.put("x", x, "data")
        self.put("y", story.y, "data")
        if story.layers[-1].function is None or not self.proved(story.layers[-1]):
            self.put("p", story.p, "data")
        self.role("x", first.other)
        if story.y_value is not None:
            self.role("y", story.y_value)
        if story.p_value is not None:
            self.role("p", story.p_value)
            self.line("p made", story.p_value.made)
        self.line("compare", story.compare.site)

    def layer(self, l, layer, last):
        w0, b0, d = layer.w0, layer.b0, layer.d_weight
        dw = np.zeros_like(w0) if d is None else d.array
        if layer.ones is not None:
            b0, db = w0[layer.ones], dw[layer.ones]
            w0, dw = np.delete(w0, layer.ones, axis=0), np.delete(dw, layer.ones, axis=0)
        elif b0 is not None:
            g = layer.d_bias
            b0 = layer.bias_sign * np.asarray(b0, float)
            db = np.zeros_like(b0) if g is None else np.asarray(g.array, float)
            if layer.b1 is None:
                db = None
        if l == 1 and self.kept is not None:
            dw = np.vstack([dw[self.kept], w0[self.rest].T @ dw[self.rest]])
            w0 = np.vstack([w0[self.kept], np.eye(w0.shape[1])])
        self.put(f"W{l}", w0, "weight")
        self.put(f"dW{l}", dw, "weight")
        if b0 is not None:
            self.arrays[f"b{l}"] = np.asarray(b0).reshape(-1) if self.orientation != "col" else np.asarray(b0).reshape(-1, 1)
            if db is not None:
                db = np.asarray(db)
                if db.size == np.size(b0):
                    db = db.reshape(self.arrays[f"b{l}"].shape)
                self.arrays[f"db{l}"] = db
        if not self.proved(layer):
            self.put(f"z{l}", layer.z, "data")
        if not last and layer.function is None:
            self.put(f"a{l}", layer.a, "data")
        if not last:
            self.put(f"mask{l}", layer.mask, "data")
        self.words(l, layer, last)

    def proved(self, layer):
        """Whether the program's z is x·W + b, so that it need not be shown."""
        z = layer.input @ layer.w0
        if layer.b0 is not None and np.size(layer.b0) == z.shape[1]:
            z = z + layer.bias_sign * np.reshape(layer.b0, (1, -1))
        return layer.z is not None and near(layer.z, z, layer.out.dtype)

    def words(self, l, layer, last):
        """The person's expressions and lines of one layer."""
        story = self.story
        self.role(f"W{l}", layer.operand, story.expression(layer.chain))
        self.role(f"z{l}", layer.out)
        if layer.bias is not None:
            self.role(f"b{l}", layer.bias.versions[0], story.expression(layer.bias))
        if not last:
            self.role(f"a{l}", story.layers[l].other)
        for kind, gradient, chain in (("W", layer.d_weight, layer.chain), ("b", layer.d_bias, layer.bias)):
            if gradient is not None and gradient.value is not None:
                self.role(f"d{kind}{l}", gradient.value)
            if chain is not None and len(chain.versions) > story.t + 1:
                site = self.update_site(chain)
                self.line(f"update {kind}{l}", site)
                if gradient is not None and gradient.value is None:
                    self.line(f"d{kind}{l}", site)
        delta, product = self.delta(layer)
        gradient = layer.d_weight
        if product is not None and (gradient is None or gradient.value is None
                                    or not self.tape.names.get(gradient.value.key)):
            self.line(f"dW{l}", product.site)
        if product is not None:
            self.line(f"dW{l} made", product.site)
        if delta is not None:
            self.role(f"delta{l}", delta)
            self.line(f"delta{l} made", delta.made)
            self.factors(l, delta)
        up = self.upstream(l)
        if up is not None:
            self.line(f"up{l}", up.site)

    def update_site(self, chain):
        node = chain.versions[self.story.t + 1].node
        events = self.story.made.get(node, [])
        return events[-1].site if events else None

    def delta(self, layer):
        """The error at a layer: the factor of its weight gradient that is no input."""
        start = layer.d_weight.value.node if layer.d_weight is not None and layer.d_weight.value is not None \
            else layer.chain.versions[self.story.t + 1].node
        forward = {cycle[n].event.seq for cycle in self.story.cycles for n in range(len(cycle))}
        inputs = {cycle[self.story.layers.index(layer)].other.root.serial for cycle in self.story.cycles}
        seen, waiting = {start}, [start]
        while waiting:
            for event in self.story.made.get(waiting.pop(0), []):
                pair = event.ins[:2]
                whole = len(pair) == 2 and all(isinstance(item, Value) and item.size > 0 for item in pair)
                if whole and (event.op in PRODUCTS or event.op in ("MatMult", "Mult")) and event.seq not in forward:
                    side = [n for n in (0, 1) if pair[n].root.serial in inputs]
                    if event.op != "Mult" or side:
                        mine = 1 - side[0] if len(side) == 1 else int(layer.right)
                        return self.unscaled(pair[mine]), event
                for item in event.ins:
                    if isinstance(item, Value) and item.node not in seen and item.node in self.story.ancestors:
                        seen.add(item.node)
                        waiting.append(item.node)
        return None, None

    def unscaled(self, value):
        """An error without the rate that stands before it: of 0.1 · delta the delta."""
        for event in self.story.made.get(value.node, []):
            arrays = [item for item in event.ins if isinstance(item, Value) and not item.number]
            if event.op in ("Mult", "Div") and len(arrays) == 1 and not self.tape.names.get(value.key):
                return arrays[0]
        return value

    def factors(self, l, delta):
        """Where the factors of an error are made, which may be in functions of their own."""
        for event in self.story.made.get(delta.node, []):
            sites = [item.made for item in event.ins if isinstance(item, Value) and item.made is not None]
            for number, site in enumerate(sites):
                if event.op == "Mult":
                    self.line(f"delta{l} factor {number + 1}", site)

    def upstream(self, l):
        """The product that carries the error from layer l + 1 down to layer l."""
        story = self.story
        if l >= len(story.layers):
            return None
        above = story.layers[l].chain
        forward = {cycle[l].event.seq for cycle in story.cycles}
        for event in story.inside:
            if event.seq not in forward and event.node in story.ancestors and event.node in self.tape.products:
                if event.op in PRODUCTS or event.op == "MatMult":
                    for item in event.ins[:2]:
                        if isinstance(item, Value) and self.tape.chain(item) is above or isinstance(item, Value) \
                                and item.root.serial == above.versions[story.t].root.serial:
                            return event
        return None

    def role(self, name, value, expression=None):
        names = self.tape.names.get(value.key) or self.before(value)
        elements = self.tape.elements.get(value.key, [])
        expression = expression or (names[0][1] if names else elements[0][1] if elements else None)
        known = [own for _, own in names + elements] + self.tape.arguments.get(value.key, [])
        self.words_for[name] = list(dict.fromkeys([expression] * bool(expression) + known))
        if expression:
            self.roles[name] = expression
            at = next((site for site, known in names + elements if known == expression), None)
            if at is not None:
                self.named[name] = {"file": self.tape.sites[at].file, "line": self.tape.sites[at].line}
        site = names[0][0] if names else (self.tape.through.get(value.key) or [value.made])[0]
        made = self.story.made.get(value.node, [])
        if name[0] == "d" and (value.made is not None or made):
            # The equation itself, also where a function gives it back unnamed or a later line changes it in place.
            site = value.made if value.made is not None else made[-1].site
        if name[0] in "zapd":
            self.line(name, site)
        elif names:
            self.line(name, names[0][0])

    def before(self, value):
        """The names of an array that was changed in place since it was named."""
        return [name for key, names in self.tape.names.items() if key[0] == value.root.serial and key[2:] == value.key[2:]
                for name in names][:4]

    def line(self, name, site):
        if site is not None:
            site = self.tape.sites[site]
            self.lines[name] = {"file": site.file, "line": site.line, "source": site.source}

    def conventions(self):
        story, layers = self.story, self.story.layers
        hidden = [layer.function for layer in layers[:-1]]
        if hidden and all(hidden):
            self.notes["activation"] = ",".join(hidden)
        slopes = [layer.slope for layer in layers if layer.slope is not None]
        if slopes:
            self.notes["leaky_slope"] = slopes[0]
        if layers[-1].function:
            self.notes["output"] = layers[-1].function
        if story.update:
            self.notes["update"] = story.update
        if story.rate:
            self.notes["lr"] = story.rate
        keeps = {round(layer.keep, 6) for layer in layers if layer.keep}
        if len(keeps) == 1:
            self.notes["keep_prob"] = keeps.pop()
        self.notes["convention"] = self.orientation
        last = max(story.losses, key=lambda found: found[3].seq, default=None)
        if last is not None and last[0] in ("ce", "bce") and last[1] != "sum":
            self.notes["loss"], self.notes["reduction"] = last[:2]

    def write(self, folder):
        notes = {name: np.asarray(value) for name, value in self.notes.items()}
        np.savez(os.path.join(folder, "dump.npz"), **self.arrays, **notes)

    def object(self):
        story = self.story
        gradients = {f"{kind}{l}": {"rate": g.rate, "multiple": g.multiple, "rule": g.rule}
                     for l, layer in enumerate(story.layers, 1)
                     for kind, g in (("dW", layer.d_weight), ("db", layer.d_bias)) if g is not None}
        losses = []
        for name, reduction, value, event in sorted(story.losses, key=lambda found: found[3].seq):
            site = self.tape.sites[event.site]
            losses.append({"loss": name, "reduction": reduction, "value": value, "file": site.file, "line": site.line,
                           "source": site.source})
        unknown = [f"layer {l}" for l, layer in enumerate(story.layers, 1) if not layer.function]
        return {"roles": self.roles, "names": self.words_for, "named": self.named, "lines": self.lines, "losses": losses, "gradients": gradients,
                "functions": [layer.function for layer in story.layers], "unknown_functions": unknown,
                "rows": len(story.p), "layout": self.orientation, "inputs": story.layers[0].w0.shape[0],
                "kept_inputs": None if self.kept is None else len(self.kept), "stated": self.notes,
                "conditions": [[name, str(what)] for name, what in story.said], "update": story.t}


# --- programs of plain numbers ------------------------------------------------------------------------------------------


class Unit:
    """z of one unit and row: a sum of parameters times inputs."""

    def __init__(self, out, terms, layer, t):
        self.out, self.layer, self.t = out, layer, t
        self.weights = [(key, x) for key, x in terms if x is not None]
        self.bias = next((key for key, x in terms if x is None), None)


class NumberStory:
    """The roles of plain numbers, in lists and attributes, in the first update that shows enough of them.

    A parameter is a place whose number is replaced by itself and something added; z is a sum of parameters times other
    numbers that no further such sum takes up; a layer is what depends on no z of its own.
    """

    def __init__(self, tape):
        self.tape, self.events = tape, list(tape.floats)
        self.made, self.depth, self.forms = {}, {}, {}
        for event in self.events:
            if event[1] != "set":
                self.made[id(event[3])] = event
        self.updates = self.updated()
        if not self.updates:
            raise Unclear("no number that is multiplied with data was updated")
        self.units = self.forward()
        self.arrays, self.notes, self.roles, self.lines = {}, {"convention": "row"}, {}, {}
        self.choose()

    def updated(self):
        """{id of the number before: (place, which update of it, number after, operand, sign, site)}."""
        found, count, used = {}, {}, set()
        for site, op, ins, out in self.events:
            if op == "Mult":
                used |= {id(item) for item in ins if isinstance(item, float)}
            if op != "set":
                continue
            key, old = ins
            event = self.made.get(id(out))
            if event is None or event[1] not in ("Add", "Sub") or len(event[2]) != 2:
                continue
            side = next((n for n in (0, 1) if event[2][n] is old), None)
            if side is None or event[1] == "Sub" and side == 1 or id(old) in found:
                continue
            if isinstance(key, str) and "." not in key and id(old) not in used:
                continue                         # a sum that grows in a variable of a loop
            t = count[key] = count.get(key, -1) + 1
            found[id(old)] = key, t, out, event[2][1 - side], 1 if event[1] == "Add" else -1, site, old
        self.used = used
        return found

    def forward(self):
        """Every z in the order in which it is computed."""
        news = {id(update[2]) for update in self.updates.values()}
        taken, seen, units = set(), {}, []
        for site, op, ins, out in self.events:
            if op == "set":
                continue
            form = None if id(out) in news else self.form(op, ins)
            self.depth[id(out)] = max([self.depth.get(id(item), 0) for item in ins if isinstance(item, float)] or [0])
            if form:
                self.forms[id(out)] = form, out, site
                taken |= {id(item) for item in ins if id(item) in self.forms}
        for number, (form, out, site) in self.forms.items():
            if number in taken or not any(x is not None for _, x in form):
                continue
            keys = tuple(key for (key, _), _ in form)
            ts = {t for (_, t), _ in form}
            mark = (keys, len(ts) == 1)
            if all(key not in seen for key in keys):
                seen.update((key, mark) for key in keys)
            if seen.get(keys[0]) == mark and len(ts) == 1:
                units.append((out, [(key, x) for (key, _), x in form], ts.pop()))
        forward = {id(unit[0]) for unit in units}
        self.backward = [(form, out, site) for number, (form, out, site) in self.forms.items()
                         if number not in taken and number not in forward]
        depth, found, made = {}, [], {id(out): (out, terms, t) for out, terms, t in units}
        for site, op, ins, out in self.events:          # depths anew, now that it is known what z is
            if op == "set":
                continue
            inside = max([depth.get(id(item), 0) for item in ins if isinstance(item, float)] or [0])
            if id(out) in made:
                _, terms, t = made[id(out)]
                inside = 1 + max([depth.get(id(x), 0) for _, x in terms if x is not None] or [0])
                found.append(Unit(out, terms, inside, t))
            depth[id(out)] = inside
        self.depth = depth
        if not found:
            raise Unclear("no sum of parameters times numbers was seen")
        return found

    def form(self, op, ins):
        """A sum of parameters times numbers as [((place, update), number)]; a number of None is a bias."""
        known = lambda item: self.updates.get(id(item)) if isinstance(item, float) else None
        if op == "Mult" and len(ins) == 2:
            for one, other in (ins, ins[::-1]):
                if known(one) and not known(other) and id(other) not in self.forms:
                    return [(known(one)[:2], other)]
            return None
        if op not in ("Add", "sum", "fsum"):
            return None
        parts = []
        for item in ins:
            if id(item) in self.forms:
                parts += self.forms[id(item)][0]
            elif known(item):
                parts.append((known(item)[:2], None))
            elif not isinstance(item, (int, float)) or item != 0:
                return None
        return parts or None

    def choose(self):
        """Takes the update whose inputs say most."""
        best = None
        for t in sorted({unit.t for unit in self.units})[:12]:
            rows = self.rows([unit for unit in self.units if unit.t == t])
            if rows and all(self.updated_in(rows, t)):
                worth = sum(1 for row in rows for _, x in row[0][0].weights if x)
                if best is None or worth > best[0]:
                    best = worth, t, rows
        if best is None:
            raise Unclear("no whole pass forward was seen before an update")
        self.read(*best[1:])

    def updated_in(self, rows, t):
        known = {update[:2] for update in self.updates.values()}
        return [(key, t) in known for layer in rows[0] for unit in layer for key, _ in unit.weights]

    def rows(self, units):
        """Units as rows of layers of units; whole rows alone."""
        rows, row, first = [], [], None
        for unit in units:
            key = unit.weights[0][0]
            first = first or key
            if key == first and row:
                rows.append(row)
                row = []
            row.append(unit)
        rows.append(row)
        most = max(len(row) for row in rows)
        whole = []
        for row in rows:
            layers = {}
            for unit in row:
                layers.setdefault(unit.layer, []).append(unit)
            if len(row) == most and sorted(layers) == list(range(1, len(layers) + 1)):
                whole.append([layers[n] for n in sorted(layers)])
        return whole

    def read(self, t, rows):
        self.t, steps = t, {update[:2]: update for update in self.updates.values()}
        rates = self.rates([steps[key, t] for layer in rows[0] for unit in layer for key, _ in unit.weights], rows)
        rate = rates.pop() if len(rates) == 1 else None
        signs = {steps[key, t][4] for layer in rows[0] for unit in layer for key, _ in unit.weights}
        sign = signs.pop() if len(signs) == 1 else -1
        self.notes["update"] = "+=" if sign > 0 else "-="
        if rate:
            self.notes["lr"] = rate
        functions = []
        for number, layer in enumerate(rows[0], 1):
            plain = [n for n, (_, x) in enumerate(layer[0].weights)
                     if not (number > 1 and self.depth.get(id(x), 0) == 0 and x == 1)]
            ones = [n for n in range(len(layer[0].weights)) if n not in plain]
            if len({len(unit.weights) for unit in layer}) > 1 or len(ones) > 1:
                raise Unclear(f"the units of layer {number} have different inputs")
            value = lambda unit, n: steps[unit.weights[n][0], t]
            step = lambda update: (update[2] - update[6]) / (sign * (rate or 1.0))
            self.arrays[f"W{number}"] = np.array([[value(unit, n)[6] for unit in layer] for n in plain])
            self.arrays[f"dW{number}"] = np.array([[step(value(unit, n)) for unit in layer] for n in plain])
            keys = [unit.weights[ones[0]][0] if ones else unit.bias for unit in layer]
            if all(key is not None and (key, t) in steps for key in keys):
                self.arrays[f"b{number}"] = np.array([steps[key, t][6] for key in keys])
                self.arrays[f"db{number}"] = np.array([step(steps[key, t]) for key in keys])
            z = np.array([[unit.out for unit in row[number - 1]] for row in rows])
            x = np.array([[float(row[number - 1][0].weights[n][1]) for n in plain] for row in rows])
            if number == 1:
                self.arrays["x"] = x
            else:
                functions.append(function_of(before, x, float) if before.shape == x.shape else None)
            before = z
            self.words(number, layer, steps, t, plain)
        self.compared(rows, before, functions)

    def rates(self, updates, rows):
        """Numbers that every step is multiplied with."""
        inputs = {id(x) for row in rows for layer in row for unit in layer for _, x in unit.weights}
        common = None
        for update in updates:
            mine, waiting = set(), [(update[3], 0)]
            while waiting:
                item, deep = waiting.pop()
                event = self.made.get(id(item))
                if event is not None and event[1] in ("Mult", "Div", "Neg") and deep < 4:
                    waiting += [(part, deep + 1) for part in event[2]]
                elif isinstance(item, (int, float)) and id(item) not in inputs and self.depth.get(id(item), 0) == 0:
                    mine.add(abs(float(item)))
            common = mine if common is None else common & mine
        return {rate for rate in common or set() if 0 < rate < 100 and rate != 1.0}

    def compared(self, rows, z, functions):
        """The output beside the target."""
        last, found = len(rows[0]), []
        start = {id(unit.out): (r, n) for r, row in enumerate(rows) for n, unit in enumerate(row[-1])}
        origin = dict(start)
        for site, op, ins, out in self.events:
            if op == "set" or id(out) in start:
                continue
            mine = [origin.get(id(item)) for item in ins]
            from_z = [place for place in mine if place is not None]
            if op == "Sub" and len(from_z) == 1 and not self.tape.sites[site].constant[mine.index(None)]:
                side = mine.index(None)
                other = ins[side]
                if isinstance(other, (int, float, np.number)) and self.depth.get(id(other), 0) == 0:
                    found.append((from_z[0], float(ins[1 - side]), float(other), site))
            if from_z:
                origin[id(out)] = from_z[0] if len(set(from_z)) == 1 else (from_z[0][0], None)
        p, y = np.full(z.shape, np.nan), np.full(z.shape, np.nan)
        for (row, unit), output, target, site in found:
            if unit is None:
                unit = int(np.flatnonzero(np.isnan(p[row]))[0]) if np.isnan(p[row]).any() else None
            if unit is not None and np.isnan(p[row, unit]):
                p[row, unit], y[row, unit] = output, target
                self.line("compare", site)
        if np.isnan(p).any():
            raise Unclear("nothing was found that the output is compared with")
        output = function_of(z, p, float, output=True)
        self.arrays["y"] = y if y.shape[1] > 1 else y.ravel()
        self.functions = [found and found[0] for found in functions + [output]]
        slopes = [found[1] for found in functions + [output] if found and found[1]]
        if slopes:
            self.notes["leaky_slope"] = slopes[0]
        if functions and all(functions):
            self.notes["activation"] = ",".join(found[0] for found in functions)
        if output:
            self.notes["output"] = output[0]
        else:
            self.arrays["p"] = p
        self.count = len(rows)

    def words(self, l, layer, steps, t, plain):
        """The person's expression and lines of one layer."""
        update = steps[layer[0].weights[plain[0]][0], t]
        name = self.tape.sites[update[5]].name or ""
        while name.endswith("]") and name[-2] not in "'\"":
            name = name[:name.rindex("[")]
        if name:
            self.roles[f"W{l}"] = name
        self.line(f"update W{l}", update[5])
        inputs = {id(x) for unit in layer for _, x in unit.weights}
        waiting, deep = [update[3]], 0
        while waiting and deep < 50:
            deep += 1
            event = self.made.get(id(waiting.pop(0)))
            if event is None or event[1] == "set":
                continue
            others = [item for item in event[2] if id(item) not in inputs]
            if event[1] == "Mult" and len(others) == 1:
                self.line(f"dW{l}", event[0])
                delta = self.made.get(id(others[0]))
                while delta is not None and any(isinstance(item, float) and item == self.notes.get("lr") for item in delta[2]):
                    delta = next((self.made.get(id(item)) for item in delta[2] if id(item) in self.made), None)
                if delta is not None:
                    self.line(f"delta{l}", delta[0])
                    for n, item in enumerate(delta[2], 1):
                        if id(item) in self.made:
                            self.line(f"delta{l} factor {n}", self.made[id(item)][0])
                break
            waiting += list(event[2])
        keys = {key for unit in layer for key, _ in unit.weights}
        for form, _, site in self.backward:
            if l > 1 and any(key in keys for (key, _), x in form if x is not None):
                self.line(f"up{l - 1}", site)
                break

    def line(self, name, site):
        if site is not None and name not in self.lines:
            site = self.tape.sites[site]
            self.lines[name] = {"file": site.file, "line": site.line, "source": site.source}

    def write(self, folder):
        notes = {name: np.asarray(value) for name, value in self.notes.items()}
        np.savez(os.path.join(folder, "dump.npz"), **self.arrays, **notes)

    def object(self):
        unknown = [f"layer {l}" for l, function in enumerate(self.functions, 1) if not function]
        return {"roles": self.roles, "named": {}, "lines": self.lines, "losses": [], "gradients": {},
                "functions": self.functions, "unknown_functions": unknown, "rows": self.count, "layout": "row",
                "stated": self.notes, "conditions": [], "update": self.t}


def told(tape):
    """The best story that the tape holds."""
    tips(tape)
    best, why = None, None
    moving = [len(chain.versions) for chain in tape.chains.values() if len(chain.versions) > 1]
    for t in range(max(1, min(moving, default=0) - 1)):
        try:
            story = Story(tape, t)
        except Unclear as unclear:
            why = why or str(unclear)
            continue
        worth = sum(g is not None for layer in story.layers for g in (layer.d_weight, layer.d_bias)), \
            int(np.count_nonzero(story.layers[0].input))
        if best is None or worth > best[0]:
            best = worth, story
        if len(story.p) > 1:
            break
    return (best[1] if best else None), why


def tips(tape):
    """Parameters that were updated and not used since: their last value is what their name holds now."""
    for chain in {id(chain): chain for chain in tape.chains.values()}.values():
        version = chain.versions[-1]
        if len(chain.versions) > 1 or chain.versions[0].node in tape.tainted:
            continue
        root, array = version.root, version.root.array()
        if array is not None and root.turn > version.turn and (root.serial, root.turn) in tape.tainted:
            view = np.ndarray(version.shape, version.dtype, memory(array), version.offset, version.strides)
            chain.versions.append(tape.see(view))
            chain.seqs.append(tape.seq + 1)
            continue
        mine = names_of(tape, version)
        after = [value for value in tape.values.values() if value.seq > chain.last and value.shape == version.shape
                 and value.node in tape.tainted and follows(tape, value, version) and mine & names_of(tape, value)]
        if after:
            chain.versions.append(min(after, key=lambda value: value.seq))
            chain.seqs.append(tape.seq + 1)


def names_of(tape, value):
    return {name for key, names in tape.names.items() if key[0] == value.root.serial for _, name in names}


def follows(tape, value, version):
    serial = value.root.serial
    for _ in range(60):
        serial = tape.successor.get(serial)
        if serial == version.root.serial:
            return True
        if serial is None:
            return False
    return False


# --- the run ------------------------------------------------------------------------------------------------------------


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


class Finder(importlib.abc.MetaPathFinder):
    """Rewrites the modules of the script's own folder when they are imported."""

    def __init__(self, folder, sites):
        self.folder, self.sites = folder, sites

    def find_spec(self, name, path, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        origin = getattr(spec, "origin", None) or ""
        inside = os.path.abspath(origin).startswith(self.folder + os.sep) and "site-packages" not in origin
        if inside and origin.endswith(".py") and "backburn" not in os.path.basename(origin):
            spec.loader = Loader(name, origin, self.sites, self.folder)
        return spec


class Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name, path, sites, folder):
        super().__init__(name, path)
        self.sites, self.folder = sites, folder

    def get_code(self, name):
        text = importlib.util.decode_source(self.get_data(self.path))
        return compiled(text, os.path.relpath(self.path, self.folder), self.sites)


def cells(path):
    """The code cells of a notebook as (name, text); what is not Python becomes a comment."""
    with open(path, encoding="utf-8") as file:
        notebook = json.load(file)
    sheets = notebook.get("cells") or [cell for sheet in notebook.get("worksheets", []) for cell in sheet["cells"]]
    number = 0
    for cell in sheets:
        if cell.get("cell_type") != "code":
            continue
        number += 1
        text = cell.get("source", cell.get("input", ""))
        lines = ("".join(text) if isinstance(text, list) else text).split("\n")
        plain = ["pass  # " + line if line.startswith(("%", "!", "?")) or line.rstrip().endswith("?") else
                 line[:len(line) - len(line.lstrip())] + "pass" if line.lstrip().startswith(("%", "!")) else line
                 for line in lines]
        if lines and lines[0].startswith("%%") and not lines[0].startswith(("%%time", "%%capture")):
            continue
        yield f"{os.path.basename(path)} cell {number}", "\n".join(plain)


class Run:
    """One run of a script under the tracer, from its first line to what is written of it."""

    def __init__(self, script, arguments, folder, seconds):
        self.script, self.arguments, self.out, self.seconds = os.path.abspath(script), arguments, os.path.abspath(folder), seconds
        self.sites, self.dropped, self.ended = [], set(), None
        self.tape = Tape(self.sites, time.monotonic() + seconds)
        self.home = os.path.dirname(self.script)

    def parts(self):
        if self.script.endswith(".ipynb"):
            return list(cells(self.script))
        with open(self.script, "rb") as file:
            return [(os.path.basename(self.script), importlib.util.decode_source(file.read()))]

    def run(self):
        os.makedirs(self.out, exist_ok=True)
        self.redirect()
        os.environ["MPLBACKEND"] = "Agg"
        os.chdir(self.home)
        sys.argv = [self.script] + self.arguments
        sys.path[0] = self.home
        sys.dont_write_bytecode = True
        sys.meta_path.insert(0, Finder(self.home, self.sites))
        sys.setrecursionlimit(max(4000, sys.getrecursionlimit()))
        put_back(self.dropped)
        setattr(builtins, HOOK, self.tape)
        main = types.ModuleType("__main__")
        main.__file__ = self.script
        sys.modules["__main__"] = main
        if self.script.endswith(".ipynb"):
            main.display = print
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self.alarm)
            signal.alarm(max(1, int(self.seconds)))
        try:
            for name, text in self.parts():
                exec(compiled(text, name, self.sites), main.__dict__)
            self.ended = {"how": "end"}
        except Stop as stop:
            self.ended = {"how": "stopped", "why": str(stop)}
        except SystemExit as end:
            self.ended = {"how": "exit", "code": end.code if isinstance(end.code, (int, type(None))) else str(end.code)}
        except BaseException as error:
            self.ended = self.failed(error)
        self.finish()

    def redirect(self):
        """The script's output goes to a file, its input is empty."""
        output = os.open(os.path.join(self.out, "output.txt"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        sys.stdout.flush()
        os.dup2(output, 1), os.dup2(output, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def alarm(self, *_):
        self.tape.stopping = "its time was over"
        signal.alarm(3)
        self.tape.halt()

    def failed(self, error):
        """What ended the script, with its own line and not that of the tracer or of a library."""
        try:
            own = {site.file for site in self.sites} | {name for name, _ in self.parts()}
        except (OSError, ValueError):
            own = {site.file for site in self.sites}
        frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
        frames = [(name, line) for name, line in frames if name in own]
        name, line = frames[-1] if frames else (os.path.basename(self.script), getattr(error, "lineno", 0) or 0)
        source = next((site.source for site in self.sites if site.file == name and site.line == line), "")
        if not source:
            for part, text in self.parts():
                lines = text.splitlines()
                if part == name and 0 < line <= len(lines):
                    source = lines[line - 1].strip()
        traceback.print_exception(type(error), error, error.__traceback__)
        text = str(error)
        return {"how": "error", "type": type(error).__name__, "text": text, "file": name, "line": line, "source": source,
                "missing": error.name if isinstance(error, ModuleNotFoundError) else
                error.filename if isinstance(error, FileNotFoundError) else None}

    def finish(self):
        signal.alarm(0) if hasattr(signal, "alarm") else None
        self.tape.on = self.tape.on and True
        sys.stdout.flush()
        report, why = None, None
        try:
            story, why = told(self.tape)
            report = Report(story) if story is not None else None
            if report is None and not any(len(chain.versions) > 1 for chain in self.tape.chains.values()):
                report = NumberStory(self.tape)
        except Unclear as unclear:
            why = str(unclear) if self.tape.floats or why is None else why
        except Exception as error:               # a program of a kind that nobody thought of
            traceback.print_exc()
            why = f"the tracer could not read what it saw ({type(error).__name__}: {error})"
        result = {"ended": self.ended, "dropped_names": sorted(self.dropped), "found": report is not None, "why_not": why}
        if report is not None:
            report.write(self.out)
            result.update(report.object())
        path = os.path.join(self.out, "roles.json")
        with open(path + ".part", "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1, default=str)
        os.replace(path + ".part", path)


RUN = None


def finish_now():
    """Ends a program that catches everything."""
    RUN.ended = {"how": "stopped", "why": RUN.tape.stopping}
    RUN.finish()
    sys.stdout.flush()
    os._exit(0)


def main(words):
    global RUN
    folder, seconds = None, 60.0
    while words and words[0] != "--":
        flag = words.pop(0)
        if flag == "--out" and words:
            folder = words.pop(0)
        elif flag == "--seconds" and words:
            seconds = float(words.pop(0))
        else:
            sys.exit(f"trace.py does not know {flag}: trace.py --out FOLDER [--seconds 60] -- SCRIPT.py [ARGS]")
    if folder is None or len(words) < 2:
        sys.exit("usage: trace.py --out FOLDER [--seconds 60] -- SCRIPT.py [ARGS]")
    RUN = Run(words[1], words[2:], folder, seconds)
    RUN.run()


if __name__ == "__main__":
    main(sys.argv[1:])
