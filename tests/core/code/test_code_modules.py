"""References across modules, imports within functions, tasks, and code of others."""

from __future__ import annotations

import sys

import pytest
from redun.hashing.code import CodeHasher

# main reaches `return 1` in the file named last.
ACROSS = {
    "imported function": (
        {"flow.py": "from helpers import f\ndef main(): return f()", "helpers.py": "def f(): return 1"},
        "helpers.py",
    ),
    "attribute of a module": (
        {"flow.py": "import helpers\ndef main(): return helpers.f()", "helpers.py": "def f(): return 1"},
        "helpers.py",
    ),
    "attribute of a submodule": (
        {
            "flow.py": "import pkg.sub.deep\ndef main(): return pkg.sub.deep.f()",
            "pkg/__init__.py": "",
            "pkg/sub/__init__.py": "",
            "pkg/sub/deep.py": "def f(): return 1",
        },
        "pkg/sub/deep.py",
    ),
    "relative import": (
        {
            "flow.py": "from pkg.a import f\ndef main(): return f()",
            "pkg/__init__.py": "",
            "pkg/a.py": "from . import b\nfrom .b import g\ndef f(): return b.g() + g()",
            "pkg/b.py": "def g(): return 1",
        },
        "pkg/b.py",
    ),
    "exported again": (
        {
            "flow.py": "import pkg\ndef main(): return pkg.f()",
            "pkg/__init__.py": "from .impl import f",
            "pkg/impl.py": "def f(): return 1",
        },
        "pkg/impl.py",
    ),
    "star import": (
        {"flow.py": "from helpers import *\ndef main(): return f()", "helpers.py": "def f(): return 1"},
        "helpers.py",
    ),
    "namespace package": (
        {
            "flow.py": "import space.part\ndef main(): return space.part.f()",
            "space/part.py": "def f(): return 1",
        },
        "space/part.py",
    ),
    "base class elsewhere": (
        {
            "flow.py": "import helpers\nclass A(helpers.B): pass\ndef main(): return A().m()",
            "helpers.py": "class B:\n    def m(self): return 1",
        },
        "helpers.py",
    ),
    "import cycle": (
        {
            "flow.py": "import a\ndef main(): return a.f(1)",
            "a.py": "import b\ndef f(x): return b.g(x)",
            "b.py": "import a\ndef g(x):\n    if x: return a.f(x - 1)\n    return 1",
        },
        "b.py",
    ),
    "import in the body": (
        {
            "flow.py": "def main():\n    from helpers import f\n    return f()",
            "helpers.py": "def g(): return 1\ndef f(): return g()",
        },
        "helpers.py",
    ),
    "module imported in the body": (
        {
            "flow.py": "def main():\n    import pkg.helpers as h\n    return h.f()",
            "pkg/__init__.py": "",
            "pkg/helpers.py": "K = 0\nclass A:\n    def m(self): return 1\ndef f(): return A().m() + K",
        },
        "pkg/helpers.py",
    ),
    "package imported in the body": (
        {
            "flow.py": "def main():\n    import pkg.helpers\n    return pkg.helpers.f()",
            "pkg/__init__.py": "",
            "pkg/helpers.py": "def f(): return 1",
        },
        "pkg/helpers.py",
    ),
    "relative import in the body": (
        {
            "flow.py": "from pkg.a import f\ndef main(): return f()",
            "pkg/__init__.py": "",
            "pkg/a.py": "def f():\n    from . import b\n    from .c import h\n    return b.g() + h()",
            "pkg/b.py": "from .c import h\ndef g(): return h()",
            "pkg/c.py": "def h(): return 1",
        },
        "pkg/c.py",
    ),
    "import in the body through a package that exports": (
        {
            "flow.py": "def main():\n    from pkg import f\n    return f()",
            "pkg/__init__.py": "from .impl import *",
            "pkg/impl.py": "def f(): return 1",
        },
        "pkg/impl.py",
    ),
    "import in the body of a method": (
        {
            "flow.py": "class A:\n    def m(self):\n        from helpers import f\n        return f()\n"
            "def main(): return A().m()",
            "helpers.py": "def f(): return 1",
        },
        "helpers.py",
    ),
    "what another module takes from another package": (
        {
            "flow.py": "from helpers import cut\ndef main(): return cut(1.5)",
            "helpers.py": "from math import floor as cut\n'return 1'",
        },
        None,
    ),
}


@pytest.mark.parametrize("name", [name for name in ACROSS if ACROSS[name][1]])
def test_code_of_other_modules_counts(same, name):
    files, edited = ACROSS[name]
    assert files[edited].count("return 1") == 1
    assert not same(files, {edited: files[edited].replace("return 1", "return 2")})
    assert same(files, {edited: files[edited] + "\ndef unused(): return 0\n"})


def test_source_of_a_name_taken_through_another_module_counts(same):
    files, _ = ACROSS["what another module takes from another package"]
    assert not same(files, {"helpers.py": files["helpers.py"].replace("floor", "ceil")})


def test_imports_in_the_body_are_read_and_not_run(lab):
    files = {
        "flow.py": "def main():\n    import lazy\n    return lazy.f()",
        "lazy.py": "raise RuntimeError\ndef f(): return 1",
    }
    before = lab.hash(files)
    assert "lazy" not in sys.modules
    assert lab.hash({**files, "lazy.py": files["lazy.py"].replace("1", "2")}) != before


def test_whether_an_import_in_the_body_has_run_does_not_count(lab):
    files = {
        "flow.py": "def main():\n    import lazy\n    return lazy.f() + lazy.K",
        "lazy.py": "K = [1]\ndef f(): return g()\ndef g(): return 1",
    }
    flow = lab.load(files)
    before = CodeHasher().hash(flow.main)
    import lazy  # type: ignore[import-not-found]

    assert lazy.f() == 1
    assert CodeHasher().hash(flow.main) == before


TASKS = """
from redun import task
import helpers

@task()
def inner(x):
    return x + 1

@task(namespace="n", cache=True)
def main(x):
    from helpers import lazy
    return inner(x) + helpers.other(x) + lazy(x)
"""
HELPERS = """
from redun import task

@task()
def other(x):
    return x + 2

@task()
def lazy(x):
    return x + 3
"""


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("flow.py", "x + 1", "x + 5"),
        ("helpers.py", "x + 2", "x + 5"),
        ("helpers.py", "x + 3", "x + 5"),
        ("flow.py", "cache=True", "cache=False, executor='other'"),
        ("flow.py", '@task(namespace="n", cache=True)', "@task"),
    ],
)
def test_called_tasks_and_task_options_do_not_count(lab, file, before, after):
    files = {"flow.py": TASKS, "helpers.py": HELPERS}
    assert before in files[file]
    edited = {**files, file: files[file].replace(before, after)}
    assert lab.hash(files, "flow.main.func") == lab.hash(edited, "flow.main.func")


def test_body_of_a_task_counts(lab):
    files = {"flow.py": TASKS, "helpers.py": HELPERS}
    edited = {**files, "flow.py": TASKS.replace("return inner(x)", "return 0")}
    assert lab.hash(files, "flow.main.func") != lab.hash(edited, "flow.main.func")


def test_a_task_in_a_table_counts_by_name(lab):
    text = TASKS + "\nTABLE = [inner]\ndef pick(): return TABLE[0]\n"
    files = {"flow.py": text, "helpers.py": HELPERS}
    edited = {**files, "flow.py": text.replace("x + 1", "x + 5")}
    assert lab.hash(files, "flow.pick") == lab.hash(edited, "flow.pick")
    renamed = {**files, "flow.py": text.replace("@task()\ndef inner", "@task(name='new')\ndef inner")}
    assert lab.hash(files, "flow.pick") != lab.hash(renamed, "flow.pick")


OTHERS = {
    "site-packages": ("lib/site-packages/other.py", "lib/site-packages"),
    "dist-packages": ("usr/dist-packages/other.py", "usr/dist-packages"),
    "installed into a folder": ("vendor/other.py", "vendor"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_installed_code_does_not_count(lab, monkeypatch, name):
    path, root = OTHERS[name]
    files = {
        "flow.py": f"import sys\nsys.path.insert(0, __file__.replace('flow.py', {root!r}))\n"
        "from other import f, A\nimport other\ndef main(): return f() + other.f() + A().k",
        path: "class A:\n    k = 1\ndef f(): return 1",
        "vendor/other-1.0.dist-info/RECORD": "other.py,sha256=x,1\nother-1.0.dist-info/RECORD,,\n",
    }
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = lab.hash(files)
    assert "other" in sys.modules
    assert lab.hash({**files, path: files[path].replace("1", "2")}) == before
    assert lab.hash({**files, "flow.py": files["flow.py"].replace("f() + other", "other")}) != before


def test_a_folder_next_to_installed_code_is_still_the_projects(lab, monkeypatch):
    files = {
        "flow.py": "import mine\ndef main(): return mine.f()",
        "mine.py": "def f(): return 1",
        "other-1.0.dist-info/RECORD": "other.py,sha256=x,1\n",
    }
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert lab.hash(files) != lab.hash({**files, "mine.py": "def f(): return 2"})


def test_an_installed_task_reaches_its_own_package(lab, monkeypatch):
    files = {
        "flow.py": "import sys\nsys.path.insert(0, __file__.replace('flow.py', 'site-packages'))\n"
        "from theirs.tasks import t",
        "site-packages/theirs/__init__.py": "",
        "site-packages/theirs/tasks.py": "from redun import task\nfrom .impl import f\n@task()\ndef t(): return f()",
        "site-packages/theirs/impl.py": "def f(): return 1",
    }
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = lab.hash(files, "flow.t.func")
    edited = {**files, "site-packages/theirs/impl.py": "def f(): return 2"}
    assert lab.hash(edited, "flow.t.func") != before


def test_a_module_called_redun_something_is_the_projects(lab):
    files = {
        "flow.py": "import redun_demo\ndef main(): return redun_demo.f()",
        "redun_demo.py": "def f(): return 1",
    }
    assert lab.hash(files) != lab.hash({**files, "redun_demo.py": "def f(): return 2"})


def test_code_of_redun_and_the_standard_library_is_not_followed(lab):
    flow = lab.load(
        {
            "flow.py": "import textwrap\nimport redun\nfrom redun.errors import RedunError\n"
            "def main():\n    textwrap.dedent('')\n    redun.run\n    raise RedunError"
        }
    )
    names = [name for name, _ in CodeHasher().describe(flow.main)]
    assert names == ["flow.main", "redun.errors.RedunError", "redun", "textwrap"]


def test_an_installed_function_that_is_asked_for_counts_by_its_own_code(lab, monkeypatch):
    files = {
        "flow.py": "import sys\nsys.path.insert(0, __file__.replace('flow.py', 'site-packages'))\nfrom theirs import f",
        "site-packages/theirs.py": "def g(): return 1\ndef f(): return g() + 2",
    }
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = lab.hash(files, "flow.f")
    path = "site-packages/theirs.py"
    assert lab.hash({**files, path: files[path].replace("+ 2", "+ 3")}, "flow.f") != before
    assert lab.hash({**files, path: files[path].replace("return 1", "return 3")}, "flow.f") == before


FOREIGN_OBJECT = {
    "flow.py": "import sys\nsys.path.insert(0, __file__.replace('flow.py', 'site-packages'))\n"
    "from others import Vectorized, wrap, Locked\n"
    "def g(): return 1\ndef f(): return g()\nmade = {call}\ndef main(): return made()",
    "site-packages/others.py": "import threading\n"
    "class Vectorized:\n    def __init__(self, f): self.f = f\n    def __call__(self): return self.f()\n"
    "class Locked(Vectorized):\n    def __init__(self, f): self.f, self.lock = f, threading.Lock()\n"
    "def wrap(f):\n    def run(): return f()\n    return run\n",
}


@pytest.mark.parametrize(
    "call", ["Vectorized(f)", "Vectorized([f])", "wrap(f)", "Locked(f)", "[Locked(f)]", "Vectorized(wrap(f))"]
)
def test_code_within_objects_of_other_packages_counts(lab, monkeypatch, call):
    monkeypatch.setattr(sys, "path", list(sys.path))
    files = {**FOREIGN_OBJECT, "flow.py": FOREIGN_OBJECT["flow.py"].replace("{call}", call)}
    before = lab.hash(files)
    assert lab.hash(files) == before
    assert lab.hash({**files, "flow.py": files["flow.py"].replace("return 1", "return 2")}) != before
