"""`script`: inputs, outputs, temporary folders, and when a step runs again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from redun import Dir, File, Scheduler, script, sh, task
from redun.errors import ArgumentError
from redun.file import ContentFile, FileSet, IFile, ShardedDataset
from redun.scripting import ScriptError, postprocess_script


@task
def make(path: str, text: str) -> File:
    file = File(path)
    file.write(text)
    return file


@task
def choose(value: Any) -> Any:
    return value


def test_three_jobs(scheduler: Scheduler, ran: Any) -> None:
    assert scheduler.run(script("echo hi")) == b"hi\n"
    assert ran.jobs_run == dict.fromkeys(("redun.script", "redun.script_task", "redun.postprocess_script"), 1)


def test_command_as_words(scheduler: Scheduler) -> None:
    File("a b.txt").write("2\n1\n")
    assert scheduler.run(script(["sort", "-n", File("a b.txt")])) == b"1\n2\n"
    assert scheduler.run(script(["printf", "%s|", "$HOME", 3, choose("it's")])) == b"$HOME|3|it's|"


@pytest.mark.parametrize("command", [3, None, b"echo", {"a": 1}])
def test_command_of_another_type_is_refused(command: Any, scheduler: Scheduler) -> None:
    with pytest.raises(ArgumentError, match="text or a list of words"):
        script(command)
    with pytest.raises(ArgumentError, match="text or a list of words"):
        scheduler.run(script(choose(command)))


def test_lazy_command_and_lazy_inputs(scheduler: Scheduler) -> None:
    reads = make("reads.txt", "b\na\n")
    result = script(sh("sort {} > {}", reads, "out.txt"), inputs=[reads], outputs=File("out.txt"))
    assert scheduler.run(result).read() == "a\nb\n"
    assert scheduler.run(script(choose("echo lazy"))) == b"lazy\n"
    assert scheduler.run(script(choose(["echo", "a  b"]))) == b"a  b\n"


def test_outputs_of_all_kinds(scheduler: Scheduler) -> None:
    outputs = {"file": File("out.txt"), "all": [File("-"), 3, None, Dir("parts")], "lazy": choose("x")}
    result = scheduler.run(script("echo x | tee out.txt; mkdir parts; cp out.txt parts/", outputs=outputs))
    assert isinstance(result["file"], File)
    assert result["file"].read() == "x\n"
    stdout, three, none, parts = result["all"]
    assert (stdout, three, none, result["lazy"]) == (b"x\n", 3, None, "x")
    assert [file.path for file in parts] == ["parts/out.txt"]
    assert scheduler.run(script("echo x", outputs=None)) is None


def test_result_can_be_indexed_lazily(scheduler: Scheduler) -> None:
    result = script("echo a > a; echo b > b", outputs={"a": File("a"), "b": File("b")})
    assert scheduler.run(script(sh("cat {a} {b}", a=result["a"], b=result["b"]), inputs=result)) == b"a\nb\n"
    first, second = script("echo a > a; echo b > b", outputs=[File("a"), File("b")], nout=2)
    assert scheduler.run([first, second])[1].read() == "b\n"


NAMES = [
    "a b.txt",
    "it's.txt",
    'say "x".txt',
    "new\nline.txt",
    "-rf",
    "$(id).txt",
    "a\udcffb",
    "*.txt",
    "~",
    "é\U0001f600",
]


@pytest.mark.parametrize("tempdir", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_names_of_all_kinds(name: str, tempdir: bool, scheduler: Scheduler) -> None:
    source, target = File(name), File(f"{name}.out")
    source.write("content")
    result = script(sh("cat {} > {}", source, target), inputs=[source], outputs=target, tempdir=tempdir)
    made = scheduler.run(result)
    assert made.path == f"{name}.out"
    assert made.read() == "content"


def test_step_runs_again_when_and_only_when_it_must(
    reopen: Callable[[], Scheduler], folder: Path, ran: Any
) -> None:
    reads = folder / "reads.txt"
    reads.write_text("b\na\n")

    def sort(flags: str = "") -> File:
        result = script(
            f"sort {flags} reads.txt > sorted.txt", inputs=[File("reads.txt")], outputs=File("sorted.txt")
        )
        return reopen().run(result)

    def ran_script() -> int:
        return int(ran.jobs_run["redun.script_task"])

    assert sort().read() == "a\nb\n"
    assert ran_script() == 1
    sort()
    assert sum(ran.jobs_run.values()) == 0
    reads.write_text("d\nc\n")
    assert sort().read() == "c\nd\n"
    assert ran_script() == 1
    sort("-r")
    assert ran_script() == 1
    assert (folder / "sorted.txt").read_text() == "d\nc\n"
    # The step before made the file differently, so what is there now is not what this one made.
    assert sort().read() == "c\nd\n"
    assert ran_script() == 1
    (folder / "sorted.txt").unlink()
    assert sort().read() == "c\nd\n"
    assert ran_script() == 1
    (folder / "sorted.txt").write_text("edited")
    assert sort().read() == "c\nd\n"
    assert ran_script() == 1
    sort()
    assert sum(ran.jobs_run.values()) == 0


def test_options_are_of_the_process_and_change_no_key(reopen: Callable[[], Scheduler], ran: Any) -> None:
    command = "echo x"
    assert reopen().run(script(command, executor="default")) == b"x\n"
    assert reopen().run(script(command, memory=4)) == b"x\n"
    assert sum(ran.jobs_run.values()) == 0
    with pytest.raises(Exception, match="no-such-executor") as raised:
        reopen().run(script("echo y", executor="no-such-executor"))
    assert "no-such-executor" in str(raised.value)
    assert ran.jobs_run["redun.script"] == 1
    assert ran.jobs_run["redun.script_task"] == 1


def test_cache_is_of_the_whole_step(reopen: Callable[[], Scheduler], ran: Any) -> None:
    for _ in range(2):
        assert reopen().run(script("echo x", cache=False)) == b"x\n"
        assert ran.jobs_run["redun.script_task"] == 1


def test_equal_text_with_other_inputs_is_another_step(scheduler: Scheduler, folder: Path) -> None:
    (folder / "state").write_text("0")

    @task(cache=False)
    def change(before: bytes) -> File:
        File("state").write("1")
        return File("state")

    @task
    def main() -> list[bytes]:
        first = script("cat state", inputs=[File("state")])
        return [first, script("cat state", inputs=[change(first)])]

    assert scheduler.run(main()) == [b"0", b"1"]


def test_temporary_folder_is_removed_whatever_happens(scheduler: Scheduler, folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data/in.txt").write_text("x")
    (folder / "tree/deep").mkdir(parents=True)
    (folder / "tree/deep/leaf").write_text("leaf")
    result = scheduler.run(
        script(
            "pwd; cat data/in.txt tree/deep/leaf; mkdir -p out grown/a; touch rest\n"
            "cp data/in.txt out/x.txt; echo b > grown/a/b",
            inputs=[File("data/in.txt"), Dir("tree")],
            outputs=[File("-"), File("out/x.txt"), Dir("grown")],
            tempdir=True,
        )
    )
    where, content = result[0].decode().splitlines()
    assert Path(where).parent == folder.parent / "tmp"
    assert not Path(where).exists()
    assert content == "xleaf"
    assert result[1].path == "out/x.txt"
    assert result[1].read() == "x"
    assert [file.path for file in result[2]] == ["grown/a/b"]
    assert not (folder / "rest").exists()
    with pytest.raises(ScriptError, match="exit code 1: touch a; false"):
        scheduler.run(script("touch a; false", tempdir=True))
    assert not list((folder.parent / "tmp").iterdir())


def test_temporary_folder_leaves_the_key_as_it_is(reopen: Callable[[], Scheduler], ran: Any) -> None:
    for runs in (1, 0):
        assert reopen().run(script("echo x", tempdir=True)) == b"x\n"
        assert ran.jobs_run["redun.script_task"] == runs


def test_missing_output_is_named(scheduler: Scheduler) -> None:
    with pytest.raises(
        ScriptError, match=r"The script made no \"out dir/it's.txt\", which is one of its outputs\."
    ):
        scheduler.run(script("true", outputs=File("out dir/it's.txt"), tempdir=True))


def test_path_out_of_the_temporary_folder_is_refused(scheduler: Scheduler) -> None:
    with pytest.raises(
        ArgumentError, match=r"cannot bring '\.\./in\.txt' into its folder.*file\.stage\('name'\)"
    ):
        scheduler.run(script("true", inputs=[File("../in.txt")], tempdir=True))


def test_error_of_a_step_names_its_own_command(scheduler: Scheduler) -> None:
    with pytest.raises(ScriptError) as raised:
        scheduler.run(script("\n  # Count.\n  wc -l missing\n", tempdir=True))
    assert str(raised.value).startswith(
        "The script ended with exit code 1: Count.\nIts stderr:\n  + wc -l missing\n"
    )
    assert "mktemp" not in raised.value.message


def test_other_interpreter_in_a_temporary_folder(scheduler: Scheduler) -> None:
    command = "#!/usr/bin/env python3\nimport pathlib\npathlib.Path('out').write_text('EOF\\n')"
    assert scheduler.run(script(command, outputs=File("out"), tempdir=True)).read() == "EOF\n"


def test_postprocess_script_alone(scheduler: Scheduler, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    made = scheduler.run(postprocess_script(b"x", [File("-"), 1], temp_path=str(tmp_path / "old")))
    assert made == [b"x", 1]
    assert not (tmp_path / "old").exists()


def test_a_replayed_caller_needs_no_import_of_ours(reopen: Callable[[], Scheduler], ran: Any) -> None:
    @task
    def caller() -> bytes:
        return script("echo from a caller")

    for _ in range(2):
        assert reopen().run(caller()) == b"from a caller\n"
    assert sum(ran.jobs_run.values()) == 0


@pytest.mark.parametrize("tempdir", [False, True])
def test_staged_files_are_copied_in_and_out(tempdir: bool, scheduler: Scheduler, folder: Path) -> None:
    (folder / "my data").mkdir()
    (folder / "my data/in.txt").write_text("b\na\n")
    (folder / "tree/deep").mkdir(parents=True)
    (folder / "tree/deep/leaf").write_text("leaf")
    result = scheduler.run(
        script(
            "sort work/in.txt > sorted.txt; mkdir made; cp tree2/deep/leaf made/",
            inputs={"reads": File("my data/in.txt").stage("work/"), "tree": [Dir("tree").stage("tree2")]},
            outputs=[
                File("my results/sorted file.txt").stage("sorted.txt"),
                Dir(str(folder / "absolute")).stage("made"),
                File("-"),
            ],
            tempdir=tempdir,
        )
    )
    assert result[0].path == "my results/sorted file.txt"
    assert result[0].read() == "a\nb\n"
    assert [file.read() for file in result[1]] == ["leaf"]
    assert result[2] == b""
    assert (folder / "sorted.txt").exists() is not tempdir


def test_missing_staged_output_is_named(scheduler: Scheduler) -> None:
    with pytest.raises(ScriptError, match=r"The script made no 'out\.txt', which is one of its outputs\."):
        scheduler.run(script("true", outputs=File("results/out.txt").stage()))


def test_staged_output_that_is_gone_is_made_again(
    reopen: Callable[[], Scheduler], folder: Path, ran: Any
) -> None:
    (folder / "in").write_text("x")
    for runs in (1, 0):
        step = script("cat in2 > out", inputs=File("in").stage("in2"), outputs=File("far/out").stage())
        assert reopen().run(step).read() == "x"
        assert ran.jobs_run["redun.script_task"] == runs
    (folder / "far/out").unlink()
    step = script("cat in2 > out", inputs=File("in").stage("in2"), outputs=File("far/out").stage())
    assert reopen().run(step).read() == "x"
    (folder / "in").write_text("y")
    step = script("cat in2 > out", inputs=File("in").stage("in2"), outputs=File("far/out").stage())
    assert reopen().run(step).read() == "y"


def test_files_of_other_families_keep_their_class(scheduler: Scheduler, folder: Path) -> None:
    (folder / "in").write_text("x")
    outputs = [
        ContentFile("a"),
        IFile("b"),
        IFile("far/c").stage("c"),
        FileSet("[ab]"),
        ShardedDataset(".", "csv", False),
    ]
    result = scheduler.run(script("cp in a; cp in b; cp in c", inputs=[ContentFile("in")], outputs=outputs))
    assert [type(value) for value in result] == [ContentFile, IFile, IFile, FileSet, ShardedDataset]
    assert [file.path for file in result[3]] == ["a", "b"]
    assert (result[4].format, result[4].recurse) == ("csv", False)


def test_patterns_are_not_brought_into_a_temporary_folder(scheduler: Scheduler) -> None:
    with pytest.raises(ArgumentError, match=r"cannot bring FileSet\(.*Give the Dir that holds its files"):
        scheduler.run(script("true", inputs=[FileSet("*.txt")], tempdir=True))


def test_staged_file_in_a_command_is_its_local_path() -> None:
    assert sh("wc {} {}", File("far/a b").stage(), File("x").stage("-y")) == "wc 'a b' ./-y"


def test_output_is_kept_with_the_job(reopen: Callable[[], Scheduler], folder: Path) -> None:
    reopen().run(script("#!/bin/sh\necho to stdout\necho to stderr >&2"))
    with pytest.raises(ScriptError):
        reopen().run(script("#!/bin/sh\necho failing\nexit 1"))
    reopen()
    with closing(sqlite3.connect(folder.parent / "redun.db")) as database:
        rows = database.execute("SELECT stream, text FROM output").fetchall()
    assert sorted(rows) == [(1, "failing\n"), (1, "to stdout\n"), (2, "to stderr\n")]


@pytest.mark.parametrize("tempdir", [False, True])
@pytest.mark.parametrize("line", ["", "#!/bin/sh\n"])
def test_folders_of_outputs_are_made(tempdir: bool, line: str, scheduler: Scheduler, folder: Path) -> None:
    paths = ["a b/c/one", "-d/two", str(folder / "e/three"), "four"]
    outputs = [[File(path) for path in paths], Dir("f/g"), File("-")]
    command = line + sh(
        'for path in {}; do echo x > "$path"; done; mkdir f/g', [File(path) for path in paths]
    )
    files, made, stdout = scheduler.run(script(command, outputs=outputs, tempdir=tempdir))
    assert [file.read() for file in files] == ["x\n"] * 4
    assert made.exists()
    assert stdout == b""


def test_project_moves_with_its_record(
    reopen: Callable[[], Scheduler], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step() -> File:
        inputs = [File("in"), File("in").stage("my in")]
        outputs = [File("out"), File("far/out").stage("out")]
        return reopen().run(script("cat in 'my in' > out", inputs=inputs, outputs=outputs, tempdir=True))[1]

    (folder / "in").write_text("x")
    assert step().read() == "xx"
    other = folder.rename(folder.with_name("an other's"))
    monkeypatch.chdir(other)
    (other / "far/out").unlink()
    assert step().read() == "xx"
    assert (other / "far/out").exists()
    assert not folder.exists()
