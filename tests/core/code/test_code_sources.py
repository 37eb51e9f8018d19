"""Where the source of code comes from, and what counts when there is none or the wrong one."""

from __future__ import annotations

import functools
import importlib
import linecache
import math
import os
import shutil
import subprocess
import sys
import time
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redun.hashing.code import CodeHasher, default_hasher, describe_code, hash_code
from redun.hashing.code.sources import Source, Sources

SAME_NAMES = """
def pick(): return 0

if {condition}:
    def pick(): return 1
    class A:
        def m(self): return 10
else:
    def pick(): return 2
    class A:
        def m(self): return 20

def main(): return pick() + A().m()
"""


@pytest.mark.parametrize(("condition", "taken", "other"), [(True, "1", "2"), (False, "2", "1")])
def test_the_definition_that_ran_counts(lab, condition, taken, other):
    text = SAME_NAMES.format(condition=condition)
    before = lab.hash({"flow.py": text})
    for number in (taken, taken + "0"):
        assert lab.hash({"flow.py": text.replace(f"return {number}\n", "return 5\n")}) != before
    for number in (other, other + "0"):
        assert lab.hash({"flow.py": text.replace(f"return {number}\n", "return 5\n")}) == before


def test_lambdas_on_one_line_differ(lab):
    flow = lab.load({"flow.py": "fs = [lambda x: x + 1, lambda x: x + 2, (lambda x: x + 2)]"})
    first, second, third = map(CodeHasher().hash, flow.fs)
    assert first != second == third


def later(path: Path) -> None:
    """Give a file a time after everything that was imported."""
    os.utime(path, (time.time() + 100, time.time() + 100))


def test_a_file_edited_after_its_import_does_not_count_for_running_code(lab):
    text = "def f(): return 1\ndef g(): return 3\n"
    folder = lab.enter({"flow.py": text})
    flow = importlib.import_module("flow")
    expected = CodeHasher().hash(flow.g)
    (folder / "flow.py").write_text("# moved\n\n" + text.replace("1", "2"))
    later(folder / "flow.py")
    running = CodeHasher()
    edited = lab.load({"flow.py": text.replace("1", "2")})
    assert running.hash(flow.g) == expected, "unchanged code is recognised on another line"
    assert running.hash(flow.f) != CodeHasher().hash(edited.f), (
        "the old code must not take the hash of the new"
    )


def test_a_class_edited_after_its_import_does_not_take_the_new_hash(lab):
    text = "class A:\n    def m(self): return 1\ndef main(): return A().m()\n"
    folder = lab.enter({"flow.py": text})
    flow = importlib.import_module("flow")
    (folder / "flow.py").write_text(text.replace("1", "2"))
    later(folder / "flow.py")
    assert CodeHasher().hash(flow.main) != lab.hash({"flow.py": text.replace("1", "2")})


def test_a_file_that_vanished(lab):
    text = "import os\nK = 1\ndef g(): return K\ndef main(x): return g() + x\n"
    folder = lab.enter({"flow.py": text})
    flow = importlib.import_module("flow")
    (folder / "flow.py").unlink()
    linecache.clearcache()
    before = CodeHasher().hash(flow.main)
    flow.K = 2
    assert CodeHasher().hash(flow.main) != before, "globals are followed without source too"


def executed(text: str, filename: str = "<cell>") -> dict[str, object]:
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace


def test_code_without_source_counts_by_what_was_compiled():
    text = "def f(x):\n    return g(x) + K\ndef g(x):\n    return {body}\nK = {constant}\n"
    hashes = {
        CodeHasher().hash(executed(text.format(body=body, constant=constant))["f"])
        for body in ("x", "-x")
        for constant in (1, 2)
    }
    assert len(hashes) == 4
    moved = "\n\n# moved\n" + text.format(body="x", constant=1).replace(
        "return g", "'documented'\n    return g"
    )
    assert CodeHasher().hash(executed(moved, "<elsewhere>")["f"]) in hashes


def test_attributes_of_modules_are_found_without_source(lab):
    files = {"helpers.py": "def f(): return 1"}
    hashes = []
    for number in (1, 2):
        lab.load({"helpers.py": files["helpers.py"].replace("1", str(number))}, "helpers")
        hashes.append(CodeHasher().hash(executed("import helpers\ndef main(): return helpers.f()")["main"]))
    assert hashes[0] != hashes[1]


def test_cells_of_a_notebook_have_source():
    def cell(text: str, name: str) -> object:
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        return executed(text, name)["main"]

    plain = CodeHasher().hash(cell("def main(x):\n    return x + 1\n", "<ipython-input-1>"))
    assert (
        CodeHasher().hash(cell("def main(x):\n    # same\n    return (x + 1)\n", "<ipython-input-2>"))
        == plain
    )
    assert CodeHasher().hash(cell("def main(x):\n    return x + 2\n", "<ipython-input-3>")) != plain


class Hostile:
    """Answers every attribute, and fails when looked at."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)

    def __reduce_ex__(self, protocol: object) -> str:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError


def odd() -> types.FunctionType:
    hostile = Hostile()
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    loop: list[object] = [1]
    loop.append(loop)
    file = open(os.devnull)  # noqa: SIM115

    def function(argument: undefined) -> object:  # type: ignore[name-defined]  # noqa: F821
        return hostile, deep, loop, file, undefined, os.undefined  # type: ignore[name-defined,attr-defined]  # noqa: F821

    return function


ODD = {
    "closure over odd values": odd,
    "builtin": lambda: len,
    "function of an extension": lambda: math.sin,
    "bound builtin": lambda: "".join,
    "builtin class": lambda: int,
    "class": lambda: Hostile,
    "hostile object": Hostile,
    "partial": lambda: functools.partial(odd(), 1),
    "cached": lambda: functools.cache(odd()),
    "method": lambda: Lab.__init__,
    "compiled expression": lambda: types.FunctionType(compile("1", "<x>", "eval"), {}),
    "empty file, no module": lambda: types.FunctionType(compile("1", "/dev/null", "eval"), {"__name__": 3}),
    "library function": lambda: os.path.join,
    "nothing": lambda: None,
    "list": lambda: [odd()],
}


class Lab:
    def __init__(self) -> None:
        super().__init__()


@pytest.mark.parametrize("name", ODD)
def test_nothing_raises(name):
    hashes = {CodeHasher().hash(ODD[name]()) for _ in range(2)}
    assert [len(hash_) for hash_ in hashes] == [20]
    assert len(CodeHasher(source_only=True).hash(ODD[name]())) == 20


@pytest.mark.slow
def test_a_long_chain_of_operators_and_a_long_chain_of_helpers(lab):
    sum_ = " + ".join(["x"] * 800)
    chain = "\n".join(f"def f{n}(): return f{n + 1}()" for n in range(1500))
    text = f"def main(x): return {sum_}, f0()\n{chain}\ndef f1500(): return 1\n"
    assert lab.hash({"flow.py": text}) != lab.hash({"flow.py": text.replace("return 1\n", "return 2\n")})


def test_a_module_with_a_syntax_error_imported_in_the_body(lab):
    files = {"flow.py": "def main():\n    import bad\n    return bad.f()", "bad.py": "def f(:"}
    assert len(lab.hash(files)) == 20


def test_source_only_ignores_helpers(lab):
    files = {"flow.py": "def f(): return 1\ndef main(): return f()"}
    edited = {"flow.py": "def f(): return 2\ndef main(): return f()"}
    assert lab.hash(files, source_only=True) == lab.hash(edited, source_only=True)
    assert lab.hash(files) != lab.hash(edited)
    assert lab.hash({"flow.py": "def main(): return g()"}, source_only=True) != lab.hash(
        files, source_only=True
    )


def test_names(lab):
    flow = lab.load({"flow.py": "def f(): return 1\ndef g(): return 1\n"})
    assert CodeHasher().hash(flow.f) == CodeHasher().hash(flow.g), (
        "the name in the def statement does not count"
    )
    assert CodeHasher().hash(flow.f, name="a") != CodeHasher().hash(flow.f, name="b")


def test_description_tells_which_part_was_edited(lab):
    files = {
        "flow.py": "import helpers\nK = 1\ndef main(): return helpers.f() + K",
        "helpers.py": "def f(): return 1",
    }
    before = dict(CodeHasher().describe(lab.load(files).main))
    after = dict(CodeHasher().describe(lab.load({**files, "helpers.py": "def f(): return 2"}).main))
    assert list(before) == ["flow.main", "flow.K", "helpers.f"]
    assert [name for name in before if before[name] != after[name]] == ["helpers.f"]


def test_one_hasher_remembers_until_told_to_forget(lab):
    flow = lab.load({"flow.py": "K = [1]\ndef main(): return K"})
    hasher = CodeHasher()
    before = hasher.hash(flow.main)
    flow.K.append(2)
    assert hasher.hash(flow.main) == before
    hasher.forget()
    assert hasher.hash(flow.main) != before


def test_hash_code_shares_one_hasher(lab):
    flow = lab.load({"flow.py": "def f(): return 1\ndef main(): return f()"})
    assert hash_code(flow.main) == CodeHasher().hash(flow.main)
    assert describe_code(flow.main) == CodeHasher().describe(flow.main)
    assert default_hasher() is default_hasher()


def test_a_file_is_read_again_only_when_it_changes(tmp_path):
    path = tmp_path / "m.py"
    path.write_text("def f(): return 1")
    sources = Sources()
    first = sources.of(str(path))
    assert sources.of(str(path)) is first
    path.write_text("def f(): return 12")
    assert sources.of(str(path)) is not first
    path.unlink()
    assert sources.of(str(path)) is None


def test_a_value_that_holds_the_function_which_refers_to_it(lab):
    text = (
        "import functools\ndef main(): return TABLE, AGAIN\nTABLE = [main]\nAGAIN = functools.partial(main)"
    )
    flow = lab.load({"flow.py": text})
    assert CodeHasher().hash(flow.main) == CodeHasher().hash(flow.main)


def test_threads_share_a_hasher(lab):
    text = "\n".join(f"def f{n}(): return f{n + 1}()" for n in range(100)) + "\ndef f100(): return 1\n"
    flow = lab.load({"flow.py": text})
    functions = [getattr(flow, f"f{n}") for n in range(100)]
    expected = list(map(CodeHasher().hash, functions))
    hasher = CodeHasher()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(hasher.hash, functions * 4))
    assert found == expected * 4


def test_a_constant_is_hashed_once_however_many_refer_to_it(lab):
    counting = "class Big:\n    asked = 0\n    def __redun_digest__(self):\n"
    counting += "        Big.asked += 1\n        return b'x' * 20\n"
    users = "\n".join(f"def f{n}(): return BIG" for n in range(10))
    calls = " + ".join(f"f{n}()" for n in range(10))
    flow = lab.load({"flow.py": f"{counting}BIG = Big()\n{users}\ndef main(): return {calls}\n"})
    CodeHasher().hash(flow.main)
    assert flow.Big.asked == 1


CUT = '''"""Docstring
def fake(): pass
"""
import a, b.c as d
from . import e
@deco(
    1,
)
@other
def f(
    x,
): return """
def fake(): pass
"""
async def g(): pass
x = (
1)
class C: "text \\
def fake(): pass"
def h():
    return [
1,
]
if x:
    def i(): pass
'''


@pytest.mark.parametrize("text", [CUT, CUT + '\ny = f"""\n{x}"""\n', CUT.replace("class C", "\fclass C")])
def test_definitions_are_cut_out_of_a_module(text):
    source = Source(text)
    assert source.bindings("fake") == []
    for name in ("a", "d", "e", "f", "g", "x", "C", "h", "i"):
        (statement,) = source.bindings(name)
        found = source.statement_at(statement.lineno)
        assert found is not None
        assert found.end_lineno == statement.end_lineno
    assert source.bindings("f")[0].lineno == text[: text.index("def f(")].count("\n") + 1
    found = source.statement_at(text[: text.index("@deco")].count("\n") + 1)
    assert found is source.bindings("f")[0]


def test_code_that_python_takes_from_a_stale_compilation_never_gets_the_hash_of_the_source(tmp_path):
    """Python takes a compiled file for up to date if the source has the same size and second of writing."""
    file = tmp_path / "stale.py"
    script = (
        "import stale; from redun.hashing.code import hash_code; print(stale.f(), hash_code(stale.f).hex())"
    )

    def run(number: int) -> tuple[str, str]:
        file.write_text(f"def f():\n    return {number}\n")
        # Hours ago, so that only the compiled file can tell; it was written right after the first version.
        os.utime(file, (1e9, 1e9))
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environ["PYTHONPATH"] = str(tmp_path)
        done = subprocess.run(
            [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True
        )
        for compiled in (tmp_path / "__pycache__").iterdir():
            os.utime(compiled, (1e9, 1e9))
        result, digest = done.stdout.split()
        return result, digest

    first = run(1)
    stale = run(2)
    assert (first[0], stale[0]) == ("1", "1"), "this Python reads sources more carefully than others"
    shutil.rmtree(tmp_path / "__pycache__")
    fresh = run(2)
    assert fresh[0] == "2"
    assert stale[1] != fresh[1] != first[1]
