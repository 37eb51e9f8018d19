"""The small examples of the language: what they print, which jobs run, and what a second run does."""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import attrs
import pytest
import warm

EXAMPLES = Path(__file__).parents[3] / "examples"
REDUN = Path(sys.executable).with_name("redun")
LINE = re.compile(r"^\[redun\] (Run   |Cached|Failed) Job [0-9a-f]{8}\.\d+:  ([\w.]+)\(", re.M)


@attrs.frozen
class Outcome:
    """What one `redun run` printed and did."""

    result: str
    ran: Counter[str]
    cached: Counter[str]
    failed: Counter[str]


class Example:
    """A copy of an example in a folder of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder
        for source in (EXAMPLES / name).glob("*.py"):
            shutil.copy(source, folder)

    def run(self, *words: str) -> Outcome:
        done = warm.run([REDUN, "run", *words], cwd=self.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found = [(action.strip(), task.rpartition(".")[2]) for action, task in LINE.findall(done.stderr)]
        counts = {
            wanted: Counter(task for action, task in found if action == wanted)
            for wanted in ("Run", "Cached", "Failed")
        }
        return Outcome(done.stdout.strip(), counts["Run"], counts["Cached"], counts["Failed"])


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path) -> Example:
    return Example(request.param, tmp_path)


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", [name], indirect=True)


@of("hello_world")
def test_hello_world(example: Example) -> None:
    first = example.run("hello.py", "main")
    assert first.result == "'Hello, Earth!'"
    assert first.ran == {"main": 1, "get_planet": 1, "greet": 1}
    again = example.run("hello.py", "main")
    assert not again.ran
    assert again.cached.total() == 3
    other = example.run("hello.py", "main", "--greeting", "Goodbye")
    assert other.result == "'Goodbye, Earth!'"
    assert other.ran == {"main": 1, "greet": 1}


@of("control_flow")
def test_control_flow(example: Example) -> None:
    branches = example.run("control.py", "branches")
    assert branches.result == "['good.fasta', 'fair.polished.fasta']"
    assert branches.ran["polish"] == 1
    assert branches.ran["throw"] == 0
    for _ in range(2):
        recover = example.run("control.py", "recover")
        assert recover.result == "'set aside (sample dirty: half of it is yeast)'"
        assert recover.failed == {"assemble": 1}
    for _ in range(2):
        everything = example.run("control.py", "recover_all")
        assert everything.result.count("failed: ") == 2
        assert set(everything.failed) == {"throw", "process", "assemble"}
    code = example.folder / "control.py"
    code.write_text(code.read_text().replace('if sample == "dirty":', 'if sample == "filthy":'))
    assert example.run("control.py", "recover").result == "'dirty.fasta'"


@of("control_flow")
def test_things_happen_in_order(example: Example) -> None:
    assert example.run("control.py", "in_order").result.endswith("['first', 'second', 'third']")


@of("higher_order")
def test_higher_order(example: Example) -> None:
    names = ("--names", "rose", "--names", "row")
    assert example.run("words.py", "most_frequent", *names).result == "['rose: rose (3)', 'row: row (3)']"
    size = example.run("words.py", "size", *names)
    assert size.result == "13"
    # Reading and splitting is on record from the first workflow, and so is counting where all words are long.
    assert size.ran == {"size": 1, "count": 1, "apply_func": 1}
    assert example.run("words.py", "vocabulary", *names).result.startswith("['a', 'boat'")
    code = example.folder / "words.py"
    code.write_text(code.read_text().replace("sum(sum(one.values())", "-sum(sum(one.values())"))
    changed = example.run("words.py", "size", *names)
    assert changed.result == "-13"
    assert changed.ran == {"size": 1, "apply_func": 1}


@of("recursion")
def test_recursion(example: Example) -> None:
    first = example.run("recursion.py", "fibonacci", "--n", "30")
    assert first.result == "832040"
    assert first.ran["fibonacci"] == 31
    more = example.run("recursion.py", "fibonacci", "--n", "35")
    assert more.result == "9227465"
    assert more.ran["fibonacci"] == 5
    assert example.run("recursion.py", "merge_sort", "--numbers", "2", "--numbers", "1").result == "[1, 2]"
    assert example.run("recursion.py", "count_down", "--n", "1500").result == "'lift-off'"
    assert example.run("recursion.py", "collatz", "--n", "27").result == "111"
