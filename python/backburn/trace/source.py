"""The source, rewritten: every operation of a module becomes a call that makes a note on the tape.

The road not taken is a line tracer (`sys.settrace`). Half of the programs that people ask about have no variable for the
gradient: it is one term of a longer expression, which no line event shows. So the syntax tree is changed instead; line
numbers and results stay what they are. The calls go to one object that the run puts where every module finds it (`HOOK`).
"""
import ast
import copy
import operator

from .old_python import LISTED, divided, parsed, prepare


HOOK = "__backburn__"                    # the name under which a rewritten module finds the tape


class Site:
    """A place in the script at which something is computed or named."""

    __slots__ = ("file", "line", "source", "op", "constant", "name", "statement", "scope")

    def __init__(self, file, line, source, op=None, constant=(False, False), name=None, statement=0,
                 scope=()):
        self.file, self.line, self.source, self.op = file, line, source, op
        self.constant, self.name, self.statement = constant, name, statement
        self.scope = scope               # the lines of the functions that it stands in, from outside

    def place(self):
        """The line, as the roles have it."""
        return {"file": self.file, "line": self.line, "source": self.source}


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

    def __init__(self, file, text, sites, division):
        self.file, self.lines, self.sites, self.statement = file, text.splitlines(), sites, None
        self.scope = ()
        self.operators = {**OPERATORS, ast.Div: division}

    def site(self, node, **what):
        line = getattr(node, "lineno", 0)
        text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        first = getattr(self.statement, "lineno", line)
        self.sites.append(Site(self.file, line, text, statement=first, scope=self.scope, **what))
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
        if all(constant) and self.operators[ast.Div] is operator.truediv and not isinstance(node.op, ast.Div):
            return node                          # a quotient of two numbers may be a mean: (1 / 60) * x
        if isinstance(node.left, (ast.Constant, ast.JoinedStr)) and isinstance(node.op, ast.Mod):
            node.right = self.displayed(self.visit(node.right), node)
            return node
        self.generic_visit(node)
        name = type(node.op).__name__
        return self.hook("binary", node, self.site(node, op=(name, self.operators[type(node.op)]), constant=constant),
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
            if node.func.id in ("print", "str"):
                node.args = [self.displayed(arg, node) for arg in node.args]
            return node
        call = self.hook("call", node, self.site(node, op=("Call", None)), node.func, *node.args)
        call.keywords = node.keywords
        return call

    def visit_comprehension(self, node):
        self.generic_visit(node)
        node.iter = self.hook("each", node.iter, self.site(node.iter, op=("Index", None)), node.iter)
        return node

    def visit_FormattedValue(self, node):
        self.generic_visit(node)
        spec = getattr(node.format_spec, "values", None) or [None]
        percent = isinstance(spec[-1], ast.Constant) and str(spec[-1].value).endswith("%")
        node.value = self.displayed(node.value, node, percent)
        return node

    def displayed(self, value, node, percent=False):
        """What a person is shown, alone or in a tuple; with `percent`, a hundred times of it."""
        if isinstance(value, ast.Tuple):
            value.elts = [self.displayed(part, node, percent) for part in value.elts]
            return value
        if isinstance(value, (ast.Constant, ast.Starred)):
            return value
        return self.hook("displayed", node, self.site(node, op=("Display", None)), value, ast.Constant(percent))

    # Statements.

    def visit_FunctionDef(self, node):
        if any("jit" in ast.unparse(mark) for mark in node.decorator_list):
            return node                          # numba compiles it and knows no tape
        outer, self.scope = self.scope, (*self.scope, node.lineno)
        names = [arg.arg for arg in node.args.posonlyargs + node.args.args + node.args.kwonlyargs]
        looks = [self.note("argument", ast.Name(name, ast.Load()), node, ast.Name(name, ast.Load()))
                 for name in names if name not in ("self", "cls")]
        start = 1 if ast.get_docstring(node) is not None else 0
        node.body = node.body[:start] + looks + self.body(node.body[start:])
        self.scope = outer
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
                owner = [copy.deepcopy(leaf.value)] if isinstance(leaf, ast.Attribute) else []
                after.append(self.note("bind", leaf, node, load(leaf), *owner))
        node.value = self.hook("hold", node, self.apart(self.visit(node.value)))
        return before + [node] + after

    def apart(self, value):
        """A value whose numbers are objects of their own: Python keeps one 0.1 for all that stand in a module."""
        if isinstance(value, (ast.List, ast.Tuple)):
            value.elts = [self.apart(part) for part in value.elts]
        return self.hook("lone", value, value) if isinstance(value, ast.Constant) and type(value.value) is float else value

    def visit_AugAssign(self, node):
        leaf, name = copy.deepcopy(node.target), type(node.op).__name__
        node.value = self.hook("hold", node, self.visit(node.value))
        if not simple(leaf.value if isinstance(leaf, ast.Subscript) else leaf):
            return node
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
        return [before, self.old_division(node) if old else node, after]

    def old_division(self, node):
        """`a /= b` as Python 2 divides: `a` is what a function makes of both, which divides arrays in place."""
        quotient = self.hook("divided_in_place", node, load(node.target), node.value)
        return ast.copy_location(ast.Assign([node.target], quotient), node)


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


def compiled(text, file, sites, namespace):
    """The code of a module, rewritten, whose names are going to be those of `namespace`; a syntax error is its own."""
    tree, old = parsed(text, file)
    if old:
        prepare()
        namespace.update(LISTED)
    rewriter = Rewriter(file, text, sites, divided if old and not asks_for_division(tree) else operator.truediv)
    tree.body = rewriter.body(tree.body)
    return compile(ast.fix_missing_locations(tree), file, "exec"), old


def asks_for_division(tree):
    """Whether a module of Python 2 asks for the division of Python 3."""
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    return any(alias.name == "division" for node in imports for alias in node.names)
