"""Script tasks whose script is run by a shell elsewhere: nothing of Python is there."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, script, task
from redun.errors import ExecutorError, ScriptError, TaskError
from redun.executors.base import Completion, Inbox
from redun.executors.remote.parcel import Parcel
from redun.executors.remote.script_job import collect_script, send_script
from redun.file import LocalFileSystem, register_filesystem

pytestmark = pytest.mark.slow

SHELLS = {"dash": ["/bin/sh"], "bash": ["bash", "--posix"]}


class ShellExecutor:
    """Runs each parcel in a shell of its own, in another folder and with a bare environment, one at a time."""

    def __init__(self, scratch: str, folder: Path, shell: list[str]) -> None:
        self.name = "elsewhere"
        self.scratch, self.folder, self.shell = scratch, folder, shell
        self.ended: list[subprocess.CompletedProcess[bytes]] = []
        self.parcels: list[Parcel] = []
        self.completions: list[Completion | None] = []

    def start(self, inbox: Inbox) -> None:
        self.inbox = inbox

    def submit(self, works: Any) -> None:
        for work in works:
            try:
                parcel = send_script(work, self.scratch)
            except Exception as error:
                self.inbox.failed(work, error)
                continue
            self.parcels.append(parcel)
            assert parcel.command[:2] == ("/bin/sh", "-c")
            # A service that takes commands may take no more than this.
            assert len(parcel.command[2]) < 4000
            self.ended.append(self.run(parcel))
            found = collect_script(Parcel.at(parcel.url), work)
            self.completions.append(found)
            self.inbox.put(found or Completion(work, None, ExecutorError("no word of it"), "lost"))

    def run(self, parcel: Parcel) -> subprocess.CompletedProcess[bytes]:
        environ = {"PATH": os.environ["PATH"], **parcel.environment}
        command = [*self.shell, *parcel.command[1:]]
        return subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, timeout=60)

    def cancel(self) -> None:
        pass

    def stop(self, *, wait: bool = True) -> None:
        pass


@pytest.fixture(params=list(SHELLS))
def shell(request: pytest.FixtureRequest) -> list[str]:
    return SHELLS[request.param]


@pytest.fixture
def elsewhere(tmp_path: Path, shell: list[str]) -> ShellExecutor:
    folder = tmp_path / "work dir"
    folder.mkdir()
    return ShellExecutor(f"{tmp_path}/scratch 'folder'", folder, shell)


@pytest.fixture
def scheduler(elsewhere: ShellExecutor) -> Iterator[Scheduler]:
    with Scheduler(executors={"elsewhere": elsewhere}) as made:
        yield made
    folders = [Path(f"/tmp/redun-{Path(parcel.url).name}") for parcel in elsewhere.parcels]
    assert [folder for folder in folders if folder.exists()] == []


@task(namespace="script_jobs", script=True, executor="elsewhere", cache=False)
def run(command: str) -> str:
    return command


def test_output_and_place(scheduler: Scheduler, elsewhere: ShellExecutor) -> None:
    before = time.time_ns() // 1000
    assert scheduler.run(run("echo hello; pwd; echo note >&2")) == f"hello\n{elsewhere.folder}\n".encode()
    [ended] = elsewhere.ended
    assert ended.returncode == 0
    # What it writes is in the log of where it runs too.
    assert ended.stdout == f"hello\n{elsewhere.folder}\n".encode()
    assert b"note\n" in ended.stderr
    [completion] = elsewhere.completions
    assert completion is not None
    assert [output.text.endswith(("note\n", "dir\n")) for output in completion.outputs] == [True, True]
    assert before - 1_000_000 <= completion.started <= completion.ended
    assert sorted(os.listdir(elsewhere.parcels[0].url)) == ["script", "status", "stderr", "stdout"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("#!/usr/bin/env python3\nprint(6 * 7)", b"42\n"),
        ("#!/usr/bin/env -S python3 -c \"print('one word')\"\n", b"one word\n"),
        ("#!/bin/sh\nprintf 'no newline'", b"no newline"),
        ("#!/bin/sh\nfalse; echo on", b"on\n"),
        ("#!/bin/sh\ncat", b""),
        ("#!/bin/sh\n(sleep 0.3; echo late) &\necho first", b"first\nlate\n"),
        ("#!/bin/sh\necho 'it''s \"$HOME_\" \\\\ `x` größe'", 'its "$HOME_" \\ `x` größe\n'.encode()),
    ],
)
def test_any_interpreter(scheduler: Scheduler, command: str, expected: bytes) -> None:
    assert scheduler.run(run(command)) == expected


def test_megabytes_of_any_bytes(scheduler: Scheduler, elsewhere: ShellExecutor) -> None:
    command = "#!/usr/bin/env python3\nimport sys\nsys.stdout.buffer.write(bytes(range(256)) * 40_000)"
    assert scheduler.run(run(command)) == bytes(range(256)) * 40_000


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("echo before; exit 3", 3, "ended with exit code 3: echo before; exit 3"),
        ("false | cat", 1, "ended with exit code 1: false | cat"),
        ("nosuchcommand", 127, "nosuchcommand: command not found"),
        ("kill -SEGV $$", 139, r"ended with exit code 139 \(SIGSEGV\)"),
        ("kill -KILL $$", 137, r"ended with exit code 137 \(SIGKILL\)"),
        ("kill -TERM $$", 143, r"ended with exit code 143 \(SIGTERM\)"),
        ("#!/no/such/interpreter\n", 127, "(?i)not found|no such file"),
    ],
)
def test_failure(
    scheduler: Scheduler, elsewhere: ShellExecutor, command: str, code: int, message: str
) -> None:
    with pytest.raises(ScriptError, match=message) as caught:
        scheduler.run(run(command))
    assert caught.value.returncode == code
    # Its end is known: nobody needs to run it again.
    assert elsewhere.ended[0].returncode == 0
    assert Path(elsewhere.parcels[0].url, "status").read_text().startswith(f"fail {code}\n")


def test_end_of_an_endless_stderr(scheduler: Scheduler) -> None:
    command = "#!/usr/bin/env python3\nimport sys\n"
    command += "for n in range(60_000): sys.stderr.write(f'{n:6} ' + 'x' * 60 + '\\n')\nsys.exit(1)"
    with pytest.raises(ScriptError) as caught:
        scheduler.run(run(command))
    assert caught.value.message.startswith("[... ")
    assert caught.value.message.rstrip().rpartition("\n")[2].startswith(" 59999 ")
    assert 1 << 20 <= len(caught.value.message) < (1 << 20) + 100


def test_script_expression_with_files(scheduler: Scheduler, tmp_path: Path) -> None:
    from redun import File

    source = File(str(tmp_path / "in put.txt"))
    source.write("b\na\n")
    made = script(
        "sort in.txt > out.txt",
        inputs=[source.stage("in.txt")],
        outputs=File(str(tmp_path / "sorted.txt")).stage("out.txt"),
        executor="elsewhere",
    )
    assert scheduler.run(made).read() == "a\nb\n"


def test_errors_before_anything_is_sent(scheduler: Scheduler, elsewhere: ShellExecutor) -> None:
    @task(namespace="script_jobs", script=True, executor="elsewhere")
    def number() -> Any:
        return 42

    @task(namespace="script_jobs", script=True, executor="elsewhere")
    def broken() -> str:
        raise KeyError("mine")

    with pytest.raises(TaskError, match=r"script_jobs\.number must return the text of a script, not int"):
        scheduler.run(number())
    with pytest.raises(KeyError, match="mine"):
        scheduler.run(broken())
    with pytest.raises(ExecutorError, match="holds a null character"):
        scheduler.run(run("echo \0"))
    assert elsewhere.parcels == []


class FragileFileSystem(LocalFileSystem):
    """Its shell command cannot copy what `broken` names."""

    name = "fragile"
    broken = ""

    def open(self, path, mode="r", encoding=None, **options):
        return super().open(path.removeprefix("fragile://"), mode, encoding, **options)

    def filesize(self, path):
        return super().filesize(path.removeprefix("fragile://"))

    def shell_copy(self, source, dest, recursive=False, as_mount=False):
        command = super().shell_copy(source.removeprefix("fragile://"), dest.removeprefix("fragile://"))
        # It fails in the middle: what comes after it must not hide that.
        return (
            f"false; {command}" if self.broken and (source + dest).count(f"/{self.broken}") == 2 else command
        )

    def environment(self):
        return {"FRAGILE_REGION": "here"}


@pytest.fixture
def fragile(elsewhere: ShellExecutor, monkeypatch: pytest.MonkeyPatch) -> type[FragileFileSystem]:
    import redun.filesystems.registry as registry

    for name in ("_classes", "_filesystems"):
        monkeypatch.setattr(registry, name, dict(getattr(registry, name)))
    register_filesystem(FragileFileSystem)
    elsewhere.scratch = f"fragile://{elsewhere.scratch}"
    monkeypatch.setattr(FragileFileSystem, "broken", "")
    return FragileFileSystem


def test_file_system_copies_and_says_how_it_is_reached(scheduler: Scheduler, fragile: Any) -> None:
    assert scheduler.run(run('echo "$FRAGILE_REGION"')) == b"here\n"


@pytest.mark.parametrize("broken", ["stdout", "stderr"])
@pytest.mark.parametrize("code", [0, 3])
def test_output_that_cannot_be_copied(
    scheduler: Scheduler, elsewhere: ShellExecutor, fragile: Any, broken: str, code: int
) -> None:
    fragile.broken = broken
    with pytest.raises(ExecutorError, match="not all that it wrote could be copied to fragile://"):
        scheduler.run(run(f"echo hello; exit {code}"))
    [ended] = elsewhere.ended
    assert ended.returncode == 1
    assert b"redun: what the script wrote cannot be copied to fragile://" in ended.stderr


@pytest.mark.parametrize(
    ("broken", "message"),
    [("script", b"redun: the script cannot be copied from "), ("status", b"redun: what the script wrote")],
)
def test_script_that_leaves_no_word(
    scheduler: Scheduler, elsewhere: ShellExecutor, fragile: Any, broken: str, message: bytes
) -> None:
    fragile.broken = broken
    with pytest.raises(ExecutorError, match="no word of it"):
        scheduler.run(run("echo hello"))
    assert elsewhere.completions == [None]
    assert elsewhere.ended[0].returncode == 1
    assert message in elsewhere.ended[0].stderr


def test_termination_is_passed_on(scheduler: Scheduler, elsewhere: ShellExecutor) -> None:
    def run_and_terminate(parcel: Parcel) -> subprocess.CompletedProcess[bytes]:
        process = subprocess.Popen([*elsewhere.shell, *parcel.command[1:]], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=30)[0]
        return subprocess.CompletedProcess([], process.returncode, b"begun\n" + rest)

    elsewhere.run = run_and_terminate  # type: ignore[method-assign]
    # As at the end of a spot instance: a script may put its things in order.
    command = (
        "#!/bin/sh\ntrap 'echo tidy; exit 7' TERM\necho begun\nfor n in 1 2 3 4 5 6 7 8 9; do sleep 0.3; done"
    )
    with pytest.raises(ScriptError, match="exit code 7"):
        scheduler.run(run(command))
    assert Path(elsewhere.parcels[0].url, "stdout").read_bytes() == b"begun\ntidy\n"
    assert elsewhere.ended[0].returncode == 0


def test_each_attempt_has_a_parcel_of_its_own(scheduler: Scheduler, elsewhere: ShellExecutor) -> None:
    for _ in range(2):
        scheduler.run(run("echo hello"))
    first, second = elsewhere.parcels
    assert first.url != second.url
    assert Path(first.url).parent == Path(second.url).parent


def test_one_of_several_machines_writes_the_result(scheduler: Scheduler, elsewhere: ShellExecutor) -> None:
    assert scheduler.run(script("echo done", executor="elsewhere")) == b"done\n"
    [parcel] = elsewhere.parcels
    for path in Path(parcel.url).glob("st*"):
        path.unlink()
    another = Parcel(parcel.url, parcel.command, {**parcel.environment, "REDUN_WITHOUT_RESULT": "1"})
    ended = elsewhere.run(another)
    assert (ended.returncode, ended.stdout) == (0, b"done\n")
    assert [path.name for path in Path(parcel.url).iterdir()] == ["script"]
