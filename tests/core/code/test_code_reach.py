"""What a function reaches counts, and nothing else does."""

from __future__ import annotations

import pytest


def project(body: str, *, imports: str = "", **modules: str) -> dict[str, str]:
    """A project whose module `flow` has this body; other modules by name, `_` for the dot of a path."""
    files = {f"{name.replace('__', '/')}.py": text for name, text in modules.items()}
    header = "import functools, threading\nimport json as js\nfrom dataclasses import dataclass, field\n"
    return {"flow.py": f"{header}{imports}\n{body}", **files}


# Each case: a project, and an edit that says for a text by what it is replaced. The edit changes what main does.
REACHED = {
    "own body": ("def main(x):\n    return x + 1", ("+ 1", "+ 2")),
    "helper": ("def f(x):\n    return x\ndef main(x):\n    return f(x)", ("return x", "return -x")),
    "helper of a helper": (
        "def g(x):\n    return 1\ndef f(x):\n    return g(x)\ndef main(x):\n    return f(x)",
        ("return 1", "return 2"),
    ),
    "default of a helper": (
        "def f(x=1):\n    return x\ndef main():\n    return f()",
        ("x=1", "x=2"),
    ),
    "name in a default": (
        "K = 1\ndef f(x=K):\n    return x\ndef main():\n    return f()",
        ("K = 1", "K = 2"),
    ),
    "helper used in a nested function": (
        "def f():\n    return 1\ndef main():\n    def inner():\n        return f()\n    return inner()",
        ("return 1", "return 2"),
    ),
    "helper used in a lambda": (
        "def f(x):\n    return 1\ndef main(xs):\n    return map(lambda x: f(x), xs)",
        ("return 1", "return 2"),
    ),
    "helper used in a comprehension": (
        "def f(x):\n    return 1\ndef main(xs):\n    return {x: [f(y) for y in x] for x in xs}",
        ("return 1", "return 2"),
    ),
    "iterable of a comprehension named like its variable": (
        "xs = [1]\ndef main():\n    return [xs for xs in xs]",
        ("[1]", "[2]"),
    ),
    "lambda as a helper": ("f = lambda x: x\ndef main():\n    return f(1)", (": x", ": -x")),
    "one of two lambdas on a line": (
        "f, g = lambda x: x + 1, lambda x: x + 2\ndef main():\n    return g(1)",
        ("x + 2", "x + 3"),
    ),
    "number": ("K = 1\ndef main():\n    return K", ("K = 1", "K = 1.0")),
    "text": ("K = 'a'\ndef main():\n    return K", ("'a'", "'b'")),
    "nested constant": ("K = {'a': [1, (2, {3})]}\ndef main():\n    return K", ("{3}", "{4}")),
    "constant computed from another": ("A = 1\nK = A + 1\ndef main():\n    return K", ("A = 1", "A = 2")),
    "constant of a helper": (
        "K = 1\ndef f():\n    return K\ndef main():\n    return f()",
        ("K = 1", "K = 2"),
    ),
    "global statement": (
        "K = 1\ndef main():\n    global K\n    K += 1\n    return K",
        ("K = 1", "K = 2"),
    ),
    "annotation": ("def main(x: int):\n    return x", ("x: int", "x: str")),
    "class in an annotation": (
        "class A:\n    def m(self):\n        return 1\ndef main(a: A):\n    return a.m()",
        ("return 1", "return 2"),
    ),
    "method": (
        "class A:\n    def m(self):\n        return 1\ndef main():\n    return A().m()",
        ("return 1", "return 2"),
    ),
    "helper of a method": (
        "def f():\n    return 1\nclass A:\n    def m(self):\n        return f()\ndef main():\n    return A().m()",
        ("return 1", "return 2"),
    ),
    "static method": (
        "class A:\n    @staticmethod\n    def m():\n        return 1\ndef main():\n    return A.m()",
        ("return 1", "return 2"),
    ),
    "class method": (
        "class A:\n    @classmethod\n    def m(cls):\n        return 1\ndef main():\n    return A.m()",
        ("return 1", "return 2"),
    ),
    "property": (
        "class A:\n    @property\n    def m(self):\n        return 1\ndef main():\n    return A().m",
        ("return 1", "return 2"),
    ),
    "base class": (
        "class B:\n    def m(self):\n        return 1\nclass A(B): pass\ndef main():\n    return A().m()",
        ("return 1", "return 2"),
    ),
    "metaclass": (
        "class M(type):\n    def m(cls):\n        return 1\nclass A(metaclass=M): pass\ndef main():\n    return A.m()",
        ("return 1", "return 2"),
    ),
    "class attribute": ("class A:\n    k = 1\ndef main():\n    return A.k", ("k = 1", "k = 2")),
    "dataclass field": (
        "@dataclass\nclass A:\n    k: int = 1\ndef main():\n    return A()",
        ("k: int", "k: float"),
    ),
    "default factory": (
        "def make():\n    return [1]\n@dataclass\nclass A:\n    k: list = field(default_factory=make)\n"
        "def main():\n    return A()",
        ("[1]", "[2]"),
    ),
    "decorator option of a class": (
        "@dataclass(frozen=True)\nclass A:\n    k: int = 1\ndef main():\n    return A()",
        ("frozen=True", "frozen=False"),
    ),
    "method put in from elsewhere": (
        "def m(self):\n    return 1\nclass A: pass\nA.m = m\ndef main():\n    return A().m()",
        ("return 1", "return 2"),
    ),
    "named tuple": (
        "from collections import namedtuple\nA = namedtuple('A', 'x y')\ndef main():\n    return A(1, 2)",
        ("x y", "y x"),
    ),
    "class made by a call": (
        "def m(self):\n    return 1\nA = type('A', (), {'m': m})\ndef main():\n    return A().m()",
        ("return 1", "return 2"),
    ),
    "class of an instance": (
        "class A:\n    def m(self):\n        return 1\na = A()\ndef main():\n    return a.m()",
        ("return 1", "return 2"),
    ),
    "content of an instance": (
        "@dataclass\nclass A:\n    k: int\na = A(1)\ndef main():\n    return a.k",
        ("A(1)", "A(2)"),
    ),
    "class of instances in a list": (
        "class A:\n    def m(self):\n        return 1\nall = [A(), A()]\ndef main():\n    return [a.m() for a in all]",
        ("return 1", "return 2"),
    ),
    "function in an instance": (
        "def f():\n    return 1\nclass A:\n    def __init__(self, f):\n        self.f = f\na = A(f)\n"
        "def main():\n    return a.f()",
        ("return 1", "return 2"),
    ),
    "enum member": (
        "import enum\nclass E(enum.Enum):\n    A = 1\ne = E.A\ndef main():\n    return e.value",
        ("A = 1", "A = 2"),
    ),
    "table of functions": (
        "def f():\n    return 1\nTABLE = {'f': f}\ndef main(name):\n    return TABLE[name]()",
        ("return 1", "return 2"),
    ),
    "set of functions": (
        "def f():\n    return 1\ndef g():\n    return 0\nALL = {f, g}\ndef main():\n    return [f() for f in ALL]",
        ("return 1", "return 2"),
    ),
    "partial function": (
        "def f(x):\n    return 1\ng = functools.partial(f, 2)\ndef main():\n    return g()",
        ("return 1", "return 2"),
    ),
    "argument of a partial function": (
        "def f(x):\n    return 1\ng = functools.partial(f, 2)\ndef main():\n    return g()",
        ("f, 2", "f, 3"),
    ),
    "bound method": (
        "class A:\n    def m(self):\n        return 1\nm = A().m\ndef main():\n    return m()",
        ("return 1", "return 2"),
    ),
    "closure over a number": (
        "def make(k):\n    def f():\n        return k\n    return f\nf = make(1)\ndef main():\n    return f()",
        ("make(1)", "make(2)"),
    ),
    "closure over a function": (
        "def make(k):\n    def f():\n        return k()\n    return f\ndef g():\n    return 1\nf = make(g)\n"
        "def main():\n    return f()",
        ("return 1", "return 2"),
    ),
    "nonlocal variable": (
        "def make(k):\n    def f():\n        nonlocal k\n        k += 1\n        return k\n    return f\nf = make(1)\n"
        "def main():\n    return f()",
        ("make(1)", "make(2)"),
    ),
    "default of a lambda in a loop": (
        "FS = [lambda x, i=i: x + i for i in (1, 2)]\ndef main():\n    return [f(0) for f in FS]",
        ("(1, 2)", "(1, 3)"),
    ),
    "decorator": (
        "def twice(f):\n    @functools.wraps(f)\n    def run(*args):\n        return f(*args) * 2\n    return run\n"
        "@twice\ndef main():\n    return 1",
        ("* 2", "* 3"),
    ),
    "decorated body": (
        "def twice(f):\n    @functools.wraps(f)\n    def run(*args):\n        return f(*args) * 2\n    return run\n"
        "@twice\ndef main():\n    return 1",
        ("return 1", "return 4"),
    ),
    "decorated helper": (
        "def twice(f):\n    def run(*args):\n        return f(*args) * 2\n    return run\n"
        "@twice\ndef f():\n    return 1\ndef main():\n    return f()",
        ("return 1", "return 4"),
    ),
    "decorator taken away": ("@functools.cache\ndef main():\n    return 1", ("@functools.cache\n", "")),
    "cached helper": (
        "@functools.lru_cache(maxsize=3)\ndef f():\n    return 1\ndef main():\n    return f()",
        ("return 1", "return 4"),
    ),
    "generic function": (
        "@functools.singledispatch\ndef f(x):\n    return 1\n@f.register\ndef _(x: int):\n    return 2\n"
        "def main():\n    return f(3)",
        ("return 2", "return 4"),
    ),
    "recursion": (
        "def main(n):\n    return f(n)\ndef f(n):\n    return g(n - 1) if n else 0\ndef g(n):\n    return f(n)",
        ("else 0", "else 1"),
    ),
    "lock, by its assignment": (
        "LOCK = threading.Lock()\ndef main():\n    with LOCK:\n        return 1",
        ("threading.Lock()", "threading.RLock()"),
    ),
    "argument of what has no content": (
        "def f():\n    return 1\nT = [threading.Thread(target=f)][0]\ndef main():\n    T.start()",
        ("return 1", "return 2"),
    ),
    "function of another package": (
        "dump = js.dumps\ndef main():\n    return dump(1)",
        ("js.dumps", "js.dump"),
    ),
    "other package under the same name": (
        "def main():\n    return js.dumps(1)",
        ("import json as", "import marshal as"),
    ),
    "import of the same name from elsewhere": (
        "from math import floor as cut\ndef main():\n    return cut(1.5)",
        ("floor as", "ceil as"),
    ),
    "type alias": (
        "class A:\n    k = 1\nAs = list[A]\ndef main(x: As):\n    return x[0].k",
        ("k = 1", "k = 2"),
    ),
    "match pattern": (
        "class A:\n    __match_args__ = ('k',)\n    k = 1\n"
        "def main(x):\n    match x:\n        case A(k):\n            return k",
        ("k = 1", "k = 2"),
    ),
    "swapped functions of one body": (
        "def f():\n    return 1\ndef g():\n    return 2\ndef main():\n    return f() - g()",
        ("def f():\n    return 1\ndef g():", "def g():\n    return 1\ndef f():"),
    ),
}


@pytest.mark.parametrize("name", REACHED)
def test_what_is_reached_counts(same, name):
    body, (before, after) = REACHED[name]
    files = project(body)
    assert files["flow.py"].count(before) == 1
    assert not same(files, {"flow.py": files["flow.py"].replace(before, after)})
    assert same(files, {})


UNREACHED = {
    "function not used": ("def f():\n    return 1\ndef main():\n    return 0", ("return 1", "return 2")),
    "function named like an argument": (
        "def f():\n    return 1\ndef main(f):\n    return f",
        ("return 1", "return 2"),
    ),
    "constant named like a variable": ("k = 1\ndef main():\n    k = 5\n    return k", ("k = 1", "k = 2")),
    "constant named like a loop variable": (
        "k = 1\ndef main(xs):\n    return [k for k in xs]",
        ("k = 1", "k = 2"),
    ),
    "constant named like a variable of the function around": (
        "k = 1\ndef main():\n    k = 5\n    def inner():\n        return k\n    return inner",
        ("k = 1", "k = 2"),
    ),
    "constant named like a walrus target": (
        "k = 1\ndef main(xs):\n    return [k for x in xs if (k := x)], k",
        ("k = 1", "k = 2"),
    ),
    "constant named like a caught error": (
        "e = 1\ndef main():\n    try:\n        return 0\n    except ValueError as e:\n        return e",
        ("e = 1", "e = 2"),
    ),
    "constant named like a pattern": (
        "k = 1\ndef main(x):\n    match x:\n        case [k, *_]:\n            return k",
        ("k = 1", "k = 2"),
    ),
    "constant named like an attribute": ("k = 1\ndef main(x):\n    return x.k", ("k = 1", "k = 2")),
    "constant named like an argument's name": ("k = 1\ndef main(x):\n    return x(k=3)", ("k = 1", "k = 2")),
    "constant only for a function not used": (
        "k = 1\ndef f():\n    return k\ndef main():\n    return 0",
        ("k = 1", "k = 2"),
    ),
    "how a constant is written": ("K = 2\ndef main():\n    return K", ("K = 2", "K = 1 + 1")),
    "class not used": ("class A:\n    k = 1\ndef main():\n    return 0", ("k = 1", "k = 2")),
    "sibling of an attribute of a module": (
        "def main():\n    return js.dumps(1)",
        ("import functools,", "import"),
    ),
}


@pytest.mark.parametrize("name", UNREACHED)
def test_what_is_not_reached_does_not_count(same, name):
    body, (before, after) = UNREACHED[name]
    files = project(body)
    assert files["flow.py"].count(before) == 1
    assert same(files, {"flow.py": files["flow.py"].replace(before, after)})
