"""The source, rewritten: every operation of a module becomes a call that makes a note on the tape.

The road not taken is a line tracer (`sys.settrace`). Half of the programs that people ask about have no variable for the
gradient: it is one term of a longer expression, which no line event shows. So the syntax tree is changed instead; line
numbers and results stay what they are. The calls go to one object that the run puts where every module finds it (`HOOK`).
"""
import ast
import operator

from .assigned import HOOK, Assignments, index_value
from .old_python import LISTED, divided, parsed, prepare


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


class Rewriter(Assignments, ast.NodeTransformer):
    """Wraps every operation of a module into a note on the tape."""

    def __init__(self, file, text, sites, division):
        self.file, self.lines, self.sites, self.statement = file, text.splitlines(), sites, None
        self.scope, self.called_once = (), {}    # the latter: targets by what the person calls them
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
