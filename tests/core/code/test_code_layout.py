"""Layout, comments, docstrings and places do not count; every process and Python gives the same hash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import redun

PLAIN = """
import os
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path

HERE = os.path.dirname(__file__)
DATA = os.path.join(HERE, "data")
LIMIT = 10
NAMES = {"b", "a", "c"}


@dataclass
class Point:
    x: int = 0
    y: float = 0.5

    def norm(self):
        return abs(self.x) + abs(self.y)


Pair = namedtuple("Pair", ["left", "right"])


def helper(point: Point, *, scale=2):
    if point.x > LIMIT or point.x == 255:
        return f"{point.x:>{scale}} and {point.y!r}" + "text" "more"
    return [item for item in (1, 2, 3) if item in NAMES]


def empty():
    pass


def main(a, b=1):
    def inner(c):
        return (lambda d: d + c)(b)

    empty()
    assert a, "message"
    return helper(Point(a, 2.0)), Pair(Path(), inner(a)), DATA, {**{"k": 1_000}}, b"x"
"""

DECORATED = '''# A comment at the top.
"""A docstring of the module."""
import os
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path

HERE = os.path.dirname( __file__ )   # where we are
DATA = os.path.join(HERE, 'data')



LIMIT = 0xA
NAMES = {"a", "c", "b"}
@dataclass
class Point:
    """A docstring of the class."""
    x: int = 0
    y: (float) = 0.50
    def norm(self):
        """A docstring of the method."""
        # and a comment
        return (abs(self.x)
                + abs(self.y))


def unrelated():
    return 1


Pair = namedtuple('Pair', ['left', "right"])
def helper(
    point: Point,
    *,
    scale = 2,
):
    r\'\'\'A docstring
of the helper, at the margin:
def main(): pass
\'\'\'
    if (point.x > LIMIT) or (point.x == 0xff):
        return f\'{point.x:>{scale}} and {point.y!r}\' + (u"text"
              \'more\')
    """a text that does nothing"""
    return [
        item for item in (1, 2, 3,)
        if item in NAMES
    ]


def empty():
    """Documented now."""


def main(a, b = 1):
    "A docstring of main."

    def inner(c):
        """A docstring of the inner function."""
        return (lambda d: (d + c))(b)
    empty(); assert a, 'message'
    return (helper(Point(a, 2.)), Pair(Path(), inner(a)),
        DATA,
        {**{'k': 1000}}, b\'x\')
'''

GOLDEN = "307c7b70263739b57b5b8b115035c940440478c0"


def test_layout_does_not_count(lab):
    assert lab.hash({"flow.py": PLAIN}) == lab.hash({"flow.py": DECORATED})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("LIMIT = 10", "LIMIT = 11"),
        ('"b", "a", "c"', '"b", "a", "d"'),
        ("0.5", "0.25"),
        ("abs(self.y)", "self.y"),
        ("!r", "!s"),
        (":>", ":<"),
        ('"text" "more"', '"text" "less"'),
        ("d + c", "d - c"),
        ('"data"', '"other"'),
        ('b"x"', '"x"'),
        ("1_000", "1_001"),
        ("    pass", "    return 1"),
        (" or ", " and "),
        ("*, scale", "scale"),
    ],
)
def test_every_token_counts(same, before, after):
    assert PLAIN.count(before) == 1
    assert not same({"flow.py": PLAIN}, {"flow.py": PLAIN.replace(before, after)})


def test_line_ends_and_byte_order_mark_do_not_count(lab):
    folder = lab.enter({"flow.py": PLAIN})
    (folder / "flow.py").write_bytes(b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode())
    import flow  # type: ignore[import-not-found]
    from redun.hashing.code import CodeHasher

    windows = CodeHasher().hash(flow.main)
    assert windows == lab.hash({"flow.py": PLAIN})


def test_declared_encoding(lab):
    folder = lab.enter({"flow.py": ""})
    (folder / "flow.py").write_bytes("# coding: latin-1\ndef main(): return 'é'".encode("latin-1"))
    import flow
    from redun.hashing.code import CodeHasher

    latin = CodeHasher().hash(flow.main)
    assert latin == lab.hash({"flow.py": "def main(): return 'é'"})


SCRIPT = (
    "import sys; sys.path.insert(0, sys.argv[1]); import flow; from redun.hashing.code import hash_code; "
    + ("print(hash_code(flow.main).hex())")
)


def run(python: str, folder: Path, **environment: str) -> str:
    source = Path(redun.__file__).parent.parent
    found = subprocess.run(
        [python, "-c", SCRIPT, str(folder)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source), **environment},
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


def test_processes_and_hash_seeds_agree(lab):
    found = {run(sys.executable, lab.write({"flow.py": PLAIN}), PYTHONHASHSEED=seed) for seed in "012"}
    assert found == {GOLDEN}


@pytest.mark.parametrize("flag", ["-O", "-Xno_debug_ranges"])
def test_interpreter_options_do_not_count(lab, flag):
    environment = {"PYTHONOPTIMIZE": "2"} if flag == "-O" else {"PYTHONNODEBUGRANGES": "1"}
    assert run(sys.executable, lab.write({"flow.py": PLAIN}), **environment) == GOLDEN


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_other_pythons_agree(lab, version):
    python = shutil.which(f"python{version}")
    if (
        python is None
        or subprocess.run([python, "-c", "import attr"], capture_output=True, check=False).returncode
    ):
        pytest.skip(f"no Python {version} with attrs")
    assert run(python, lab.write({"flow.py": PLAIN})) == GOLDEN


def test_the_hash_is_the_documented_one_for_ever(lab):
    assert lab.hash({"flow.py": DECORATED}).hex() == GOLDEN
