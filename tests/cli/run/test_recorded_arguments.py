"""`--rerun` and `--input`: arguments that come from elsewhere, and what replaces them."""

from __future__ import annotations

import pickle
import re
from typing import TYPE_CHECKING

import pytest

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.cli.conftest import Workspace

WORKFLOW = """
    from dataclasses import dataclass
    from redun import File, task

    redun_namespace = "again"


    @dataclass
    class Point:
        x: int
        y: int


    @task
    def add(a: int, b: int = 2) -> int:
        return a + b


    @task
    def main(n: int) -> list[int]:
        return [add(n), add(n + 1, b=5)]


    @task
    def several(first: int, *xs: int, key: str = "k", **more: int):
        return first, xs, key, more


    @task
    def only(a: int, b: int = 2, /, c: int = 3):
        return a, b, c


    @task
    def read(file: File, point: Point | None = None):
        return file.read(), point and point.x


    @task
    def point():
        return read(File("in.txt"), Point(7, 8))


    @task
    def big(data: bytes):
        return len(data)


    @task
    def make_big():
        return big(b"x" * 3_000_000)
"""


@pytest.fixture
def demo(workspace: Workspace) -> Workspace:
    workspace.write("wf.py", WORKFLOW)
    workspace.write("in.txt", "text")
    return workspace


def test_an_execution_is_run_again_from_the_cache(demo: Workspace) -> None:
    demo.redun("run", "wf.py", "main", "--n", "1")
    done = demo.redun("run", "--rerun", "wf.py", "-")
    assert done.stdout == "[3, 7]\n"
    assert "Run    Job" not in done.stderr
    assert demo.redun("run", "--rerun", "--no-cache", "wf.py", "-").stderr.count("Run    Job") == 3


def test_a_job_is_run_again_whatever_way_its_arguments_were_given(demo: Workspace) -> None:
    started = demo.redun("run", "wf.py", "main", "--n", "1").stderr
    short = re.search(r"Start Execution ([0-9a-f]{8})", started)
    assert short
    (number,) = re.findall(r"\.(\d): +again\.add\(a=2, b=5\)", started)
    job = f"{short[1]}.{number}"
    assert demo.redun("run", "--rerun", "wf.py", job).stdout == "7\n"
    assert demo.redun("run", "--rerun", "wf.py", job, "--a", "10").stdout == "15\n"
    assert demo.redun("run", "--rerun", "wf.py", job, "--b", "10").stdout == "12\n"
    # Those were three more executions.
    assert demo.redun("run", "--rerun", "wf.py", "~4", "--n", "2").stdout == "[4, 8]\n"


def test_variadic_arguments_are_replaced_as_a_whole(demo: Workspace) -> None:
    words = ["--first", "1", "--xs", "2", "3", "--more", '{"m": 4}']
    demo.redun("run", "wf.py", "several", *words)
    for more, result in (
        ([], "(1, (2, 3), 'k', {'m': 4})"),
        (["--first", "9"], "(9, (2, 3), 'k', {'m': 4})"),
        (["--xs", "5"], "(9, (5,), 'k', {'m': 4})"),
        (["--more", '{"n": 1}', "--key", "new"], "(9, (5,), 'new', {'n': 1})"),
    ):
        assert demo.redun("run", "--rerun", "wf.py", "-", *more).stdout == f"{result}\n"


def test_positional_only_arguments(demo: Workspace) -> None:
    assert demo.redun("run", "wf.py", "only", "--a", "1", "--c", "5").stdout == "(1, 2, 5)\n"
    assert demo.redun("run", "--rerun", "wf.py", "-", "--b", "9").stdout == "(1, 9, 5)\n"


def test_values_of_all_kinds_are_read_back(demo: Workspace) -> None:
    started = demo.redun("run", "wf.py", "point").stderr
    assert demo.redun("run", "--rerun", "wf.py", "-.2").stdout == "('text', 7)\n"
    assert started.count("Run    Job") == 2
    demo.write("in.txt", "changed")
    assert demo.redun("run", "--rerun", "wf.py", "-").stdout == "('changed', 7)\n"
    demo.redun("run", "wf.py", "make_big")
    assert demo.redun("run", "--rerun", "wf.py", "-.2").stdout == "3000000\n"


def test_a_task_that_takes_other_arguments_now(demo: Workspace) -> None:
    demo.redun("run", "wf.py", "add", "--a", "1")
    text = (demo.folder / "wf.py").read_text()
    (demo.folder / "wf.py").write_text(text.replace("a: int, b: int = 2) ->", "a: int, c: int) ->"))
    done = demo.redun("run", "--rerun", "wf.py", "-", code=1)
    assert re.fullmatch(
        r"redun: error: job [0-9a-f]{8}\.1 gave again\.add the argument 'b', which it no longer takes; "
        r"it takes: a, c\n",
        done.stderr,
    )
    (demo.folder / "wf.py").write_text(text.replace("a: int, b: int = 2) ->", "a: int, b: int, c: int) ->"))
    done = demo.redun("run", "--rerun", "wf.py", "-", code=2)
    assert "the following arguments are required: --c" in done.stderr


def test_a_value_that_cannot_be_read_may_be_replaced(demo: Workspace) -> None:
    demo.redun("run", "wf.py", "point")
    text = (demo.folder / "wf.py").read_text().replace("class Point", "class Spot").replace("Point", "Spot")
    (demo.folder / "wf.py").write_text(text)
    done = demo.redun("run", "--rerun", "wf.py", "-.2", code=1)
    assert re.match(
        r"redun: error: the argument 'point' of job \w+\.2 cannot be read back: .*Give another", done.stderr
    )
    done = demo.redun("run", "--rerun", "wf.py", "-.2", "--point", '{"x": 1, "y": 2}')
    assert done.stdout == "('text', 1)\n"


def test_an_execution_of_an_expression_is_run_again(demo: Workspace) -> None:
    demo.write(
        "both.py",
        """
        from redun import get_context, task
        redun_namespace = "both"

        @task
        def pair(a=get_context("a", 1)):
            return a, a
        """,
    )
    demo.redun("run", "--context", "a=5", "both.py", "pair")
    assert demo.redun("run", "--rerun", "both.py", "-").stdout == "(1, 1)\n"


@pytest.mark.parametrize("identity", ["zz", "abcdef", "-.9"])
def test_what_is_not_recorded(demo: Workspace, identity: str) -> None:
    demo.redun("run", "wf.py", "add", "--a", "1")
    done = demo.redun("run", "--rerun", "wf.py", identity, code=1)
    assert done.stderr == f"redun: error: no execution or job in the record is called {identity!r}\n"


def test_a_task_that_is_gone_and_a_record_that_is_not_there(demo: Workspace) -> None:
    done = demo.redun("run", "--rerun", "wf.py", "-", code=1)
    assert done.stderr.startswith("redun: error: ")
    assert not (demo.folder / ".redun" / "redun.db").exists()
    demo.redun("run", "wf.py", "add", "--a", "1")
    demo.write("other.py", "from redun import task\n")
    done = demo.redun("run", "--rerun", "other.py", "-", code=1)
    assert "called again.add, which other.py does not define" in done.stderr


def test_arguments_from_a_file(demo: Workspace) -> None:
    (demo.folder / "in.pkl").write_bytes(pickle.dumps(((1,), {"b": 5})))
    assert demo.redun("run", "--input", "in.pkl", "wf.py", "add").stdout == "6\n"
    assert demo.redun("run", "-i", "in.pkl", "wf.py", "add", "--a", "10").stdout == "15\n"
    assert demo.redun("run", "-i", "in.pkl", "wf.py", "add", "--b", "10").stdout == "11\n"
    (demo.folder / "in.pkl").write_bytes(pickle.dumps(([], {})))
    done = demo.redun("run", "-i", "in.pkl", "wf.py", "add", code=2)
    assert "the following arguments are required: --a" in done.stderr
    (demo.folder / "in.pkl").write_bytes(pickle.dumps(((1, 2, 3), {"key": "new", "m": 4})))
    assert demo.redun("run", "-i", "in.pkl", "wf.py", "several").stdout == "(1, (2, 3), 'new', {'m': 4})\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps([1]), "in.pkl holds no pair (args, kwargs), but list"),
        (pickle.dumps(((1,), {2: 3})), "in.pkl holds no pair (args, kwargs), but tuple"),
        (b"hello", "in.pkl is no pickle of (args, kwargs): "),
        (pickle.dumps(((1, 2, 3), {})), "in.pkl does not fit the task, which takes (a: int, b: int = 2)"),
        (None, "in.pkl cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_holds_no_arguments(demo: Workspace, content: bytes | None, message: str) -> None:
    if content is not None:
        (demo.folder / "in.pkl").write_bytes(content)
    done = demo.redun("run", "-i", "in.pkl", "wf.py", "add", code=1)
    assert done.stderr.startswith(f"redun: error: {message}")
