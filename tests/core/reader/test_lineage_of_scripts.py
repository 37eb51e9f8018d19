"""Where the files that scripts make come from: through their inputs, staged or not."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from redun import File, Scheduler, script, task
from redun.config import Config
from redun.recorder.lineage import Derived, Made, Passed, upstream
from redun.recorder.reader import open_reader
from redun.recorder.reader_files import file_versions

redun_namespace = "origin"


@task
def make() -> File:
    file = File("made")
    file.write("x")
    return file


@task
def use(file: File, staged: bool) -> File:
    return script(
        "cat x > y" if staged else "cat made > y",
        inputs=[file.stage("x") if staged else file],
        outputs=File("y"),
    )


@task
def main(staged: bool) -> File:
    return use(make(), staged)


@pytest.mark.parametrize("staged", [False, True])
def test_what_a_script_made_comes_from_its_inputs(
    staged: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = Config({"backend": {"db_uri": "sqlite:///redun.db"}}, configdir=str(tmp_path))
    with Scheduler(config) as scheduler:
        scheduler.run(main(staged))
    with closing(open_reader(tmp_path / "redun.db")) as reader:
        [version] = file_versions(reader, "y")
        steps = {found.name: found.steps for found in upstream(reader, version.value).derivations}
    [made] = steps["result"]
    assert isinstance(made, Made)
    assert made.call.task == "redun.script"
    passed, derived = steps["inputs"]
    assert isinstance(passed, Passed)
    assert (passed.task, passed.argument) == ("origin.use", "file")
    assert isinstance(derived, Derived)
    [(name, value)] = derived.parts
    assert value.type == "redun.File"
    [maker] = steps[name]
    assert isinstance(maker, Made)
    assert maker.call.task == "origin.make"
