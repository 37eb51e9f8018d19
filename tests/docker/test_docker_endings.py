"""How containers end: each ending is told by its cause, and no container is left."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import script, task
from redun.errors import ExecutorError, JobLostError, JobMemoryError, JobTimeoutError, ScriptError
from services.engine import Engine, docker_engine

redun_namespace = "endings"

both = pytest.mark.parametrize(
    "engine", ["docker", pytest.param("podman", marks=pytest.mark.slow)], indirect=True
)

# It keeps all that it reads until it meets the end of a line.
GREEDY = "tail /dev/zero"


@task(script=True, executor="docker", version="1")
def sh(command: str, number: int = 0) -> str:
    return command


def spoil(engine: Engine, act: str) -> threading.Thread:
    """Do something to the first container that runs, by way of the engine."""

    def wait_and_act() -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            listed = json.loads(engine.request("GET", "/v1.40/containers/json")[1])
            if listed:
                # Let its command begin.
                time.sleep(0.3)
                method, _, query = act.partition(" ")
                engine.request(method, f"/v1.40/containers/{listed[0]['Id']}{query}")
                return
            time.sleep(0.05)

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


@pytest.mark.slow
@both
def test_scripts_in_images_without_python(run: Callable[..., Any], engine: Engine) -> None:
    assert run([sh("echo one; echo two >&2"), sh("cat /etc/passwd | head -1")])[0] == b"one\n"
    with pytest.raises(ScriptError) as caught:
        run(sh("echo 'it broke' >&2; exit 3"))
    assert caught.value.returncode == 3
    assert "it broke" in str(caught.value)


@both
def test_out_of_memory(run: Callable[..., Any], engine: Engine) -> None:
    with pytest.raises(ScriptError) as caught:
        run(sh.options(memory=0.05, retries=1, retry_on="memory")(GREEDY))
    assert "The container ran out of memory meanwhile; its limit is 0.05 GB." in caught.value.__notes__


@both
def test_timeout(run: Callable[..., Any], engine: Engine) -> None:
    began = time.monotonic()
    with pytest.raises(JobTimeoutError):
        run(sh.options(timeout=1)("sleep 60"))
    assert time.monotonic() - began < 30


@both
def test_killed_from_outside(run: Callable[..., Any], engine: Engine) -> None:
    thread = spoil(engine, "POST /kill?signal=KILL")
    with pytest.raises(
        JobLostError, match=r"The container of task endings.sh was ended by SIGKILL before it left"
    ):
        run(sh("sleep 60"))
    thread.join()


@both
def test_removed_from_outside(run: Callable[..., Any], engine: Engine) -> None:
    thread = spoil(engine, "DELETE ?force=1")
    with pytest.raises(JobLostError, match=r"endings.sh (is gone: somebody removed it|was ended by SIGKILL)"):
        run(sh("sleep 60"))
    thread.join()


@both
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"image": "localhost/nowhere:1"},
            "The image localhost/nowhere:1 is not at hand and cannot be pulled: ",
        ),
        (
            {"image": "localhost/nowhere:1", "pull_policy": "never"},
            "has no image localhost/nowhere:1, and pull_policy is never",
        ),
        ({"volumes": [["/no/such/folder", "/data"]]}, "There is no /no/such/folder on this machine"),
        ({"user": "nosuchuser"}, "cannot be started: unable to find user nosuchuser"),
        ({"network": "nosuchnet"}, "nosuchnet"),
        ({"entrypoint": ["nosuchprogram"]}, "executable file not found"),
        ({"memory": "much"}, "Task endings.sh: the option memory must be a number, not 'much'."),
        ({"gpus": 1}, r"could not select device driver|nvidia.com/gpu"),
    ],
)
def test_what_cannot_start(
    run: Callable[..., Any], engine: Engine, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ExecutorError, match=message):
        run(sh.options(**options)("echo hello"))


def test_no_engine(run: Callable[..., Any]) -> None:
    with pytest.raises(ExecutorError) as caught:
        run(sh("echo hello"), docker_host="unix:///nowhere.sock")
    assert str(caught.value) == (
        "No container engine answers at unix:///nowhere.sock: No such file or directory. Start Docker, or Podman's "
        "service (systemctl --user start podman.socket), or say where it is: DOCKER_HOST, or docker_host in the "
        "executor's section."
    )


def test_no_image(run: Callable[..., Any]) -> None:
    with pytest.raises(ExecutorError, match=r"No image is named for task endings.sh. Say @task\(image=...\)"):
        run(sh("echo hello"), image="")


def test_capacities(run: Callable[..., Any]) -> None:
    timed = [sh("date +%s%N; sleep 0.3; date +%s%N", number) for number in range(3)]
    first, second, third = sorted(shown.split() for shown in run(timed, memory=1, max_memory=1))
    assert first[1] <= second[0]
    assert second[1] <= third[0]
    with pytest.raises(Exception, match=r"asks for 8 GB of memory.*raise max_memory in \[executors.docker\]"):
        run(sh.options(memory=8)("echo hello"), memory=1, max_memory=1)


def test_a_script_step_with_staged_files(run: Callable[..., Any], project: Any) -> None:
    from redun import File

    (project / "in.txt").write_text("b\na\n")
    data = project / "data"
    data.mkdir()
    step = script(
        "sort in.txt > out.txt",
        inputs=[File(str(project / "in.txt")).stage("in.txt")],
        outputs=File(str(data / "out.txt")).stage("out.txt"),
        tempdir=True,
        executor="docker",
    )
    assert run(step, volumes=f'[["{project}", "{project}"]]').read() == "a\nb\n"


@pytest.mark.slow
def test_memory_of_python_itself(
    run: Callable[..., Any],
    python_section: dict[str, Any],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (project / "greedy_tasks.py").write_text(
        "from redun import task\n"
        "@task(namespace='endings', executor='docker', memory=0.15)\n"
        "def greedy():\n"
        "    return len(bytearray(400 << 20))\n"
    )
    monkeypatch.syspath_prepend(project)
    from greedy_tasks import greedy  # type: ignore[import-not-found]

    with pytest.raises(JobMemoryError) as caught:
        run(greedy(), python_section)
    assert "The container ran out of memory meanwhile; its limit is 0.15 GB." in caught.value.__notes__


@pytest.mark.slow
def test_an_engine_that_goes_away(project: Path, run: Callable[..., Any]) -> None:
    with docker_engine() as engine:
        section = {
            "type": "docker",
            "image": engine.plain_image,
            "docker_host": engine.host,
            "network": "none",
        }
        failures: list[BaseException] = []

        def run_and_keep() -> None:
            try:
                run(sh("sleep 60"), section)
            except BaseException as error:
                failures.append(error)

        thread = threading.Thread(target=run_and_keep)
        thread.start()
        deadline = time.monotonic() + 30
        while not json.loads(engine.request("GET", "/v1.40/containers/json")[1]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    thread.join(90)
    assert isinstance(failures[0], JobLostError)
    assert "went away while task endings.sh ran" in str(failures[0]) or "before it left a result" in str(
        failures[0]
    )
