"""Assignments, rewritten: every way in which Python gives a value to a name, an attribute or a place.

`=` with one target or several, nested and starred ones, annotated ones, `+=` and its like, `:=`, `for`, `with … as` and the
names of a `case`. Before an array may change in place the tape is told, and afterwards what holds what.
"""
import ast
import copy
import operator

from .old_python import divided

HOOK = "__backburn__"                    # the name under which a rewritten module finds the tape


class Assignments:
    """The half of the rewriter that knows assignments."""

    def visit_Assign(self, node):
        node.value = self.hook("hold", node, self.apart(self.visit(node.value)))
        targets = [leaf for target in node.targets for leaf in leaves(target)]
        first, node.value = self.fixed(node, targets, node.value)
        before, after = self.notes(node, targets)
        return first + before + [node] + after

    def visit_AnnAssign(self, node):
        if node.value is None:
            return node
        node.value = self.hook("hold", node, self.apart(self.visit(node.value)))
        first, node.value = self.fixed(node, [node.target], node.value)
        before, after = self.notes(node, [node.target])
        return first + before + [node] + after

    def notes(self, node, targets):
        """What the tape is told before and after the targets of a statement get their values."""
        before, after = [], []
        for leaf in targets:
            if isinstance(leaf, ast.Subscript) and simple(leaf.value):
                place = place_of(leaf)
                before.append(self.note("opened", leaf, node, *place))
                after.append(self.note("stored", leaf, node, *copy.deepcopy(place)))
            elif isinstance(leaf, ast.Name) or isinstance(leaf, ast.Attribute) and simple(leaf):
                after.append(self.bound(leaf, node))
        return before, after

    def bound(self, leaf, node):
        owner = [load(leaf.value)] if isinstance(leaf, ast.Attribute) else []
        return self.note("bind", leaf, node, load(leaf), *owner)

    def fixed(self, node, targets, value):
        """Statements that keep the value and then what is indexed, where that must not be computed twice, as in
        `self.layer(0).W = …`; and the value from then on."""
        owners = [leaf for leaf in targets if isinstance(leaf, (ast.Subscript, ast.Attribute)) and not simple(leaf.value)]
        if not owners or len(targets) > 1:
            return [], value
        return [self.keep(node, "value", value), self.keep_owner(node, owners[0])], ast.Name(kept("value"), ast.Load())

    def keep(self, node, what, value):
        statement = ast.Assign([ast.Name(kept(what), ast.Store())], value)
        return ast.fix_missing_locations(ast.copy_location(statement, node))

    def keep_owner(self, node, leaf):
        """A statement that computes what is indexed, or whose attribute is set, once; the target has its name from then on."""
        self.called_once[id(leaf)] = ast.unparse(leaf)
        first = self.keep(node, "owner", self.visit(leaf.value))
        leaf.value = ast.copy_location(ast.Name(kept("owner"), ast.Load()), leaf)
        return first

    def note(self, method, leaf, node, *values):
        name = self.called_once.get(id(leaf)) or ast.unparse(leaf)
        site = self.site(node, name=name, op=("Store", None))
        return ast.fix_missing_locations(ast.copy_location(ast.Expr(self.hook(method, node, site, *values)), node))

    def apart(self, value):
        """A value whose numbers are objects of their own: Python keeps one 0.1 for all that stand in a module."""
        if isinstance(value, (ast.List, ast.Tuple)):
            value.elts = [self.apart(part) for part in value.elts]
        return self.hook("lone", value, value) if isinstance(value, ast.Constant) and type(value.value) is float else value

    def visit_AugAssign(self, node):
        leaf, first, name = node.target, [], type(node.op).__name__
        if isinstance(leaf, (ast.Subscript, ast.Attribute)) and not simple(leaf.value):
            first = [self.keep_owner(node, leaf)]
        node.value = self.hook("hold", node, self.visit(node.value))
        if isinstance(leaf, ast.Subscript):
            place = place_of(leaf)
        else:
            owner = copy.deepcopy(leaf.value) if isinstance(leaf, ast.Attribute) else ast.Constant(None)
            place = load(leaf), owner            # whose attribute it is
        subscript = ast.Constant(isinstance(leaf, ast.Subscript))
        before = self.note("before", leaf, node, subscript, *copy.deepcopy(place))
        after = self.note("after", leaf, node, subscript, *copy.deepcopy(place))
        self.sites[after.value.args[0].value].op = (name, None)
        old = name == "Div" and self.operators[ast.Div] is divided and simple(leaf)
        return [*first, before, self.old_division(node) if old else node, after]

    def old_division(self, node):
        """`a /= b` as Python 2 divides: `a` is what a function makes of both, which divides arrays in place."""
        quotient = self.hook("divided_in_place", node, load(node.target), node.value)
        return ast.copy_location(ast.Assign([node.target], quotient), node)

    def visit_NamedExpr(self, node):
        node.value = self.hook("lone" if isinstance(node.value, ast.Constant) and type(node.value.value) is float else "hold",
                               node, self.visit(node.value))
        site = self.site(node, name=node.target.id, op=("Store", None))
        return self.hook("walrus", node, site, node)

    def visit_For(self, node):
        node.iter = self.visit(node.iter)
        _, names = self.notes(node, [leaf for leaf in leaves(node.target) if not isinstance(leaf, ast.Subscript)])
        node.body, node.orelse = names + self.body(node.body), self.body(node.orelse)
        return node

    visit_AsyncFor = visit_For

    def visit_With(self, node):
        for item in node.items:
            item.context_expr = self.visit(item.context_expr)
        given = [leaf for item in node.items if item.optional_vars is not None for leaf in leaves(item.optional_vars)]
        _, names = self.notes(node, [leaf for leaf in given if not isinstance(leaf, ast.Subscript)])
        node.body = names + self.body(node.body)
        return node

    visit_AsyncWith = visit_With

    def visit_match_case(self, node):
        found = [getattr(part, "name", None) or getattr(part, "rest", None) for part in ast.walk(node.pattern)]
        names = [self.bound(ast.Name(name, ast.Load()), node.body[0]) for name in dict.fromkeys(found) if name]
        node.guard = node.guard and self.visit(node.guard)
        node.body = names + self.body(node.body)
        return node


def kept(what):
    """The name under which a rewritten statement keeps what it computes once."""
    return f"{HOOK}{what}__"


def leaves(target):
    """The single targets of an assignment."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return [leaf for part in target.elts for leaf in leaves(part)]
    return leaves(target.value) if isinstance(target, ast.Starred) else [target]


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
