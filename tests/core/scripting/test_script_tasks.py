"""Script tasks: what is run, what comes back, and what is told when they fail."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from redun import File, Scheduler, catch, script, sh, task
from redun.errors import ExecutorError, ExpressionError, TaskDefinitionError, TaskError
from redun.scripting import (
    ScriptError,
    exec_script,
    get_command_eof,
    get_task_command,
    get_wrapped_command,
    prepare_command,
    script_task,
)


@task(script=True)
def greet(name: str, *, loud: bool = False) -> str:
    return sh(
        """
        text="Hello, "{}
        printf '%s\\n' "$text"
        """,
        name + "!" * loud,
    )


@task
def nothing() -> str:
    return ""


@task(script=True)
def returns_lazy() -> str:
    return "echo " + nothing()


@task(script=True)
def returns_number() -> int:
    return 3


def failure(scheduler: Scheduler, command: str) -> ScriptError:
    with pytest.raises(ScriptError) as raised:
        scheduler.run(script_task(command))
    return raised.value


def test_result_is_standard_output_as_bytes(scheduler: Scheduler) -> None:
    assert scheduler.run(greet("it's me", loud=True)) == b"Hello, it's me!\n"
    assert greet.script
    assert not nothing.script


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("#!/usr/bin/env python3\nimport sys\nsys.stdout.buffer.write(bytes(range(256)))", bytes(range(256))),
        ("#!/usr/bin/env perl\nprint join(',', 1..3);", b"1,2,3"),
        ("#!/bin/sh\necho $0 | grep -c redun-script_task-", b"1\n"),
        ("#!/bin/sh -e\ncat", b""),
        ("#! /usr/bin/awk -f\nBEGIN { print 1 + 1 }", b"2\n"),
        ("\n    for x in a b; do\n        echo $x\n    done\n", b"a\nb\n"),
        ("printf '\\000\\377'", b"\x00\xff"),
        ("echo 'é\U0001f600'", "é\U0001f600\n".encode()),
        ("echo '\udcff'", b"\xff\n"),
        ("", b""),
    ],
)
def test_interpreters_and_bytes(command: str, output: bytes, scheduler: Scheduler) -> None:
    assert scheduler.run(script_task(command)) == output


def test_large_output(scheduler: Scheduler) -> None:
    size = 50_000_000
    output = scheduler.run(script_task(f"head -c {size} /dev/zero | tr '\\0' x"))
    assert len(output) == size
    assert output.strip(b"x") == b""


def test_a_process_in_the_background_that_writes_to_the_result_is_waited_for(scheduler: Scheduler) -> None:
    assert scheduler.run(script_task("echo b; (sleep 0.3; echo a) &")) == b"b\na\n"
    assert scheduler.run(script_task("printf 'b\\na\\n' > >(sleep 0.2; sort)")) == b"a\nb\n"


@pytest.mark.parametrize(
    "command",
    ["false\necho on", "echo a\nfalse | cat\necho on", "cat missing | sort\necho on", "x=$(false)\necho on"],
)
def test_first_command_that_fails_ends_it_also_in_a_pipe(command: str, scheduler: Scheduler) -> None:
    assert "echo on" not in failure(scheduler, command).message


def test_error_tells_command_exit_code_and_the_end_of_stderr(scheduler: Scheduler) -> None:
    error = failure(scheduler, "\n    # Align.\n    seq 30 >&2\n    exit 3")
    assert error.returncode == 3
    assert error.message == "+ seq 30\n" + "".join(f"{n}\n" for n in range(1, 31)) + "+ exit 3\n"
    numbers = "".join(f"  {n}\n" for n in range(22, 31))
    assert (
        str(error)
        == f"The script ended with exit code 3: Align.\nThe end of its stderr:\n{numbers}  + exit 3"
    )


def test_error_without_stderr_and_by_signals(scheduler: Scheduler) -> None:
    sh_error = failure(scheduler, "#!/bin/sh\nexit 7")
    assert str(sh_error) == "The script ended with exit code 7: exit 7 (It wrote nothing to stderr.)"
    killed = failure(scheduler, "kill -KILL $$")
    assert str(killed).startswith("The script was ended by SIGKILL: kill -KILL $$\n")
    inner = failure(scheduler, "bash -c 'kill -TERM $$'")
    assert str(inner).startswith("The script ended with exit code 143 (SIGTERM): bash -c")


def test_stderr_is_bounded_and_need_not_be_text(scheduler: Scheduler) -> None:
    error = failure(
        scheduler, "#!/bin/bash\nhead -c 3000000 /dev/zero | tr '\\0' x >&2\nprintf '\\377end' >&2\nexit 1"
    )
    assert error.message.endswith("xxx\ufffdend")
    omitted = re.match(r"\[\.\.\. (\d+) bytes before this are left out\]\n", error.message)
    assert omitted
    assert int(omitted[1]) + len(error.message) - omitted.end() == 3_000_004
    assert len(error.message) < 1_200_000


def test_error_is_caught_with_its_stderr(scheduler: Scheduler) -> None:
    @task
    def recover(error: ScriptError) -> str:
        return error.message.splitlines()[-1]

    assert scheduler.run(catch(script_task("echo oops >&2; exit 1"), ScriptError, recover)) == "+ exit 1"
    assert ScriptError(b"a\nb\n").message == "a\nb\n"
    assert str(ScriptError(b"a\nb\n")) == "The script failed.\nIts stderr:\n  a\n  b"


@pytest.mark.parametrize(
    ("expr", "kind", "message"),
    [
        (returns_lazy(), ExpressionError, r"task returns_lazy returned the lazy value .*as arguments"),
        (returns_number(), TaskError, r"task returns_number must return the text of a script, not int\."),
        (
            script_task("#!/no/such/program -x\necho"),
            ExecutorError,
            r"'echo' cannot be run by its interpreter '/no/such/program': No such file",
        ),
        (
            script_task("#!/etc/passwd\necho"),
            ExecutorError,
            r"by its interpreter '/etc/passwd': Permission denied",
        ),
        (script_task("echo \0"), ExecutorError, "holds a null character"),
        (script_task("echo \ud800"), ExecutorError, r"holds '\\ud800', which is no character"),
    ],
)
def test_what_cannot_be_run_is_told(
    expr: object, kind: type[Exception], message: str, scheduler: Scheduler
) -> None:
    with pytest.raises(kind, match=message):
        scheduler.run(expr)


def test_interpreter_that_env_does_not_find(scheduler: Scheduler) -> None:
    error = failure(scheduler, "#!/usr/bin/env no-such-program\necho")
    assert error.returncode == 127
    assert "no-such-program" in str(error)


def test_script_runs_where_the_run_was_started_and_reads_nothing(scheduler: Scheduler, folder: Path) -> None:
    assert scheduler.run(script_task("pwd; cat")) == f"{folder}\n".encode()


def test_script_has_a_session_of_its_own(scheduler: Scheduler) -> None:
    line = scheduler.run(script_task("ps -o sid= -p $$; ps -o pgid= -p $$; echo $$"))
    session, group, pid = map(int, line.split())
    assert session == group == pid != os.getsid(0)


def test_many_scripts_at_once(scheduler: Scheduler) -> None:
    results = scheduler.run([script_task(f"echo {n}") for n in range(200)])
    assert results == [f"{n}\n".encode() for n in range(200)]


def test_script_task_is_replayed_and_an_edit_runs_it_again(
    reopen: Callable[[], Scheduler], folder: Path
) -> None:
    def define(text: str, script: bool = True) -> object:
        @task(name="counted", script=script, version="1" if text == "" else None)
        def counted() -> str:
            return f"echo ran >> log; printf {text}"

        return counted()

    assert reopen().run(define("a")) == b"a"
    assert reopen().run(define("a")) == b"a"
    assert reopen().run(define("b")) == b"b"
    assert (folder / "log").read_text() == "ran\nran\n"
    # The same code as an ordinary task is another task.
    assert reopen().run(define("b", script=False)) == "echo ran >> log; printf b"


def test_bare_script_task_is_shared_within_one_execution_only(
    reopen: Callable[[], Scheduler], folder: Path
) -> None:
    for _ in range(2):
        reopen().run([script_task("echo ran >> log"), script_task("echo ran >> log")])
    assert (folder / "log").read_text() == "ran\nran\n"


def test_exec_script() -> None:
    assert exec_script(prepare_command("echo $((1 + 1))")) == b"2\n"
    with pytest.raises(ScriptError, match="exit code 1: false"):
        exec_script(prepare_command("false"))


def test_prepared_text() -> None:
    assert prepare_command("\n\n   a\n     b\n\n") == "#!/usr/bin/env bash\nset -exo pipefail\na\n  b"
    assert prepare_command("  #!/bin/sh\n  a\n") == "#!/bin/sh\na"
    assert prepare_command("a", "#!/bin/dash\nset -e") == "#!/bin/dash\nset -e\na"
    # What is prepared once is not changed by preparing it again, blank lines within quotes included.
    text = prepare_command("  printf '\n   \n\t\n'\n")
    assert prepare_command(text) == text
    assert get_task_command(greet, ["x"]).splitlines()[1:3] == ["set -exo pipefail", 'text="Hello, "x']


def test_wrapped_text_runs_any_script_and_keeps_its_exit_code(folder: Path) -> None:
    inner = f"#!{sys.executable}\nprint('''\nEOF\nEOF1\n$HOME `id` \\\\''')\nimport sys\nsys.exit(4)"
    assert get_command_eof(inner) == "EOF2"
    wrapped = get_wrapped_command(inner)
    with pytest.raises(ScriptError) as raised:
        exec_script(prepare_command(wrapped + "\necho on"))
    assert raised.value.returncode == 4
    printed = exec_script(prepare_command(wrapped.replace("sys.exit(4)", "sys.exit(0)") + "\necho on"))
    assert printed == b"\nEOF\nEOF1\n$HOME `id` \\\non\n"
    assert not list((folder.parent / "tmp").iterdir())


def test_file_of_a_script_that_cannot_be_written(
    scheduler: Scheduler, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(folder / "missing"))
    with pytest.raises(FileNotFoundError, match="missing"):
        scheduler.run(script("echo", outputs=File("-")))
    monkeypatch.setattr("tempfile.tempdir", None)


def test_body_of_a_script_task_is_not_async() -> None:
    with pytest.raises(
        TaskDefinitionError, match=r"coroutine_text .*: the body of a script task .* cannot be async"
    ):

        @task(script=True)
        async def coroutine_text() -> str:
            return "echo"
