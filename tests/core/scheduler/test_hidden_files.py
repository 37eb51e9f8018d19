"""Files in the attributes of plain objects hold results up as any other do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import Dir, File, Scheduler, task
from redun.file import IFile, ShardedDataset
from redun.value import Value
from redun.value.seal import seal

Reopen = Callable[[], Scheduler]


class Sample:
    def __init__(self, reads: Any) -> None:
        self.name = "sample"
        self.reads = reads


class Slotted:
    __slots__ = ("reads",)

    def __init__(self, reads: Any) -> None:
        self.reads = reads


class Judged(Value):
    """Says itself whether it holds; what is in it is its own affair."""

    def __init__(self, reads: Any) -> None:
        self.reads = reads

    def is_valid(self) -> bool:
        return True


@task(namespace="hidden_files", version="1")
def make(path: str, kind: type, wrap: type) -> Any:
    Path(path).mkdir(exist_ok=True)
    Path(path, "a.parquet").write_text("made")
    return [
        {"sample": wrap(kind(path if kind in (Dir, ShardedDataset) else f"{path}/a.parquet")), "more": [1]}
    ]


@task(namespace="hidden_files", version="1")
def read(made: Any) -> Any:
    return made[0]["sample"].reads.path


@pytest.mark.parametrize("kind", [File, Dir, ShardedDataset])
@pytest.mark.parametrize(
    "wrap",
    [Sample, Slotted, lambda inside: Sample([Slotted({"deep": inside})])],
    ids=["dict", "slots", "deep"],
)
def test_a_change_runs_the_task_again(
    reopen: Reopen, tmp_path: Path, witness: Any, kind: type, wrap: Any
) -> None:
    wrap_class = wrap if isinstance(wrap, type) else Nested
    path = str(tmp_path / "d")
    for _ in range(2):
        reopen().run(make(path, kind, wrap_class))
    assert witness.ran() == 0
    Path(path, "a.parquet").write_text("damaged")
    reopen().run(make(path, kind, wrap_class))
    assert witness.ran() == 1
    assert Path(path, "a.parquet").read_text() == "made"


class Nested(Sample):
    def __init__(self, inside: Any) -> None:
        super().__init__([Slotted({"deep": inside})])


@pytest.mark.parametrize(("kind", "wrap"), [(IFile, Sample), (File, Judged)])
def test_what_never_changes_does_not(
    reopen: Reopen, tmp_path: Path, witness: Any, kind: type, wrap: type
) -> None:
    path = str(tmp_path / "d")
    reopen().run(make(path, kind, wrap))
    Path(path, "a.parquet").write_text("damaged")
    reopen().run(make(path, kind, wrap))
    assert witness.ran() == 0


def test_they_are_recorded_with_the_value(tmp_path: Path) -> None:
    file = File(tmp_path / "a")
    file.write("one")
    sample = Sample(file)
    sealed = seal([sample, "text that speaks of redun.file.File"])
    assert [part.value for part in sealed.parts] == [file]
    # It says from now on what was there at this moment.
    (tmp_path / "a").write_text("two")
    assert not file.is_valid()
    assert seal(["redun.file."]).parts == ()


def test_one_that_is_given_again_is_looked_at_again(reopen: Reopen, tmp_path: Path, witness: Any) -> None:
    path = str(tmp_path / "d")
    made = reopen().run(make(path, File, Sample))
    reopen().run(read(made))
    witness.ran()
    reopen().run(read(made))
    assert witness.ran() == 0
    Path(path, "a.parquet").write_text("changed by hand")
    reopen().run(read(made))
    assert witness.ran() == 1
