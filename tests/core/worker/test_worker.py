"""A worker runs calls that were left in a scratch folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from redun.errors import ExecutorError, JobLostError
from redun.executors.output import OutputStream
from redun.executors.remote.parcel import Parcel


def printed(completion: Any) -> dict[OutputStream, str]:
    return {OutputStream(stream): text for stream, text, _ in completion.outputs}


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def wait_for(condition: Any) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def test_a_workflow_runs_through_a_scratch_folder(
    courier: Any, sample: Any, run: Any, tmp_path: Path
) -> None:
    executor = courier()
    assert run(executor, sample.lazy(3)) == [6, 8, -3]
    (tmp_path / "in.txt").write_text("text")
    found = run(executor, sample.surroundings(sample.File(str(tmp_path / "in.txt"))), context={"depth": 4})
    assert found.pop("pid") != os.getpid()
    assert found.pop("job").endswith(".1")
    assert found == {"read": "text", "cwd": os.getcwd(), "inner": -4, "context": 4}
    [parcel] = [
        each
        for each in executor.sent
        if sample.surroundings.name in Path(each.url, "job").read_bytes().decode("latin-1")
    ]
    assert sorted(path.name for path in Path(parcel.url).iterdir()) == ["job", "result"]
    executor.exchange.discard(parcel)
    assert not Path(parcel.url).exists()


def test_each_call_of_an_array_ends_as_it_would_alone(courier: Any, sample: Any, run: Any) -> None:
    ways = ["raise", "os._exit", "chain", "segfault", "exit", "kill", "interrupt", "generator", "return"]
    executor = courier(array=True)
    found = run(executor, [sample.catch_all(sample.misbehave(way)) for way in ways])
    assert [kind for kind, _, _ in found] == [
        "sample_tasks.Odd",
        "redun.errors.JobLostError",
        "ValueError",
        "redun.errors.JobLostError",
        "redun.errors.ExecutorError",
        "redun.errors.JobLostError",
        "redun.errors.ExecutorError",
        "redun.errors.UnhashableValueError",
        "str",
    ]
    messages = dict(zip(ways, [message for _, message, _ in found], strict=True))
    assert messages["raise"] == "s1 at 3"
    assert "sample.misbehave ended with exit code 7 before the task was done" in messages["os._exit"]
    assert "sample.misbehave was ended by SIGSEGV" in messages["segfault"]
    assert "was ended by SIGKILL. The system does so when memory runs out" in messages["kill"]
    [ended] = executor.ended
    assert ended.returncode == 0
    assert ended.stdout.count("about to") == len(ways)
    assert "Segmentation fault" in ended.stderr
    chained = executor.completions[2].error.__redun_traceback__
    assert "KeyError: 'lane'" in chained
    assert "sample_tasks.py" in chained
    assert "redun/executors" not in chained
    assert [completion.cause for completion in executor.completions] == [
        "error",
        "lost",
        "error",
        "lost",
        "error",
        "lost",
        "error",
        "error",
        "",
    ]
    for completion in executor.completions:
        assert dict(completion.tags)["peak_memory"] > 10_000_000
        assert 0 < completion.started <= completion.ended
        assert printed(completion)[OutputStream.STDOUT].startswith("about to")


def test_what_is_written_is_kept_and_passed_on(
    courier: Any, sample: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    executor = courier(array=True)
    run(executor, [sample.talk("a"), sample.talk("b")])
    with pytest.raises(
        ExecutorError, match=r"an array holds calls of one task, not of .*close_streams.* and .*flood"
    ):
        run(executor, [sample.close_streams(), sample.flood(1)])
    executor.completions = executor.completions[:2]
    run(executor, sample.close_streams())
    run(executor, sample.flood(100_000))
    (first, second, closed, flood) = executor.completions
    for completion, words in ((first, "a"), (second, "b")):
        assert printed(completion) == {
            OutputStream.STDOUT: f"printed {words}\nstarted\nwritten\n",
            OutputStream.STDERR: f"warned {words}\ncomplained\nlogged {words}\n",
            OutputStream.LOG: f"WARNING sample: logged {words}\n",
        }
    assert printed(closed) == {OutputStream.STDOUT: "before\n"}
    assert closed.sealed.value == "closed"
    [output] = flood.outputs
    assert output.text.startswith("line 0\n")
    assert output.text.endswith("line 99999\n")
    assert len(output.text) < 100_000
    assert output.dropped > 1_000_000
    assert executor.ended[0].stdout == "printed a\nstarted\nwritten\nprinted b\nstarted\nwritten\n"
    assert executor.ended[2].stdout.count("\n") == 100_000


def test_a_worker_that_is_asked_to_end_says_so(courier: Any, sample: Any, run: Any, tmp_path: Path) -> None:
    executor = courier(heartbeat="0.1")
    pids = tmp_path / "pids"
    heartbeats = []

    def terminate(process: subprocess.Popen[str]) -> None:
        wait_for(pids.exists)
        wait_for(lambda: list(tmp_path.glob("scratch/jobs/*/*/heartbeat")))
        heartbeats.extend(
            json.loads(path.read_text()) for path in tmp_path.glob("scratch/jobs/*/*/heartbeat")
        )
        process.send_signal(signal.SIGTERM)

    executor.during = terminate
    with pytest.raises(
        JobLostError, match=r"ended by SIGTERM while it ran task sample\.hang, as happens when its"
    ):
        run(executor, sample.hang(str(pids)))
    [completion] = executor.completions
    assert completion.cause == "preempted"
    assert printed(completion)[OutputStream.STDOUT] == "hanging\n"
    assert executor.ended[0].returncode == 128 + signal.SIGTERM
    body, child = map(int, pids.read_text().split())
    assert heartbeats[0]["pid"] == body
    assert not is_alive(body)
    assert not is_alive(child)


def test_a_worker_ends_with_its_parent(courier: Any, sample: Any, run: Any, tmp_path: Path) -> None:
    executor = courier()
    pids = tmp_path / "pids"
    parent = subprocess.Popen(["sleep", "300"])

    def end(process: subprocess.Popen[str]) -> None:
        wait_for(pids.exists)
        parent.kill()
        parent.wait()

    executor.during = end
    executor.arguments = ["--parent", str(parent.pid)]
    with pytest.raises(JobLostError, match="exit code 1"):
        run(executor, sample.hang(str(pids)))
    assert not any(is_alive(int(pid)) for pid in pids.read_text().split())


def test_a_killed_worker_takes_its_body_along(courier: Any, sample: Any, run: Any, tmp_path: Path) -> None:
    executor = courier()
    pids = tmp_path / "pids"

    def kill(process: subprocess.Popen[str]) -> None:
        wait_for(pids.exists)
        process.kill()

    executor.during = kill
    # What the body started holds its output open.
    with pytest.raises(JobLostError, match="exit code -9"):
        run(executor, sample.hang_alone(str(pids)))
    body = int(pids.read_text())
    wait_for(lambda: not is_alive(body))


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


def replace(path: Path) -> None:
    path.write_bytes(b"<html>Not here</html>" * 10)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (damage, "is damaged: its checksum is another one"),
        (shorten, "is truncated: its end is missing"),
        (replace, "is damaged, or was never written by redun"),
        (Path.unlink, "is not there: it was removed"),
    ],
)
def test_a_damaged_specification_is_told_in_one_line(
    courier: Any, sample: Any, run: Any, harm: Any, told: str
) -> None:
    executor = courier()
    executor.between = lambda parcel: harm(Path(parcel.url, "job"))
    with pytest.raises(
        JobLostError, match=rf"exit code 1: redun worker: The job specification .*/job {told}"
    ):
        run(executor, sample.double(1))
    [ended] = executor.ended
    assert len(ended.stderr.splitlines()) == 1


def test_a_damaged_result_is_a_call_that_is_lost(courier: Any, sample: Any, run: Any) -> None:
    executor = courier()
    original = executor._deliver

    def harmed(work: Any, found: Any) -> None:
        [parcel] = executor.sent
        for harm, told in ((damage, "checksum"), (shorten, "truncated"), (replace, "never written by redun")):
            whole = Path(parcel.url, "result").read_bytes()
            harm(Path(parcel.url, "result"))
            collected = executor.exchange.collect(Parcel.at(parcel.url), work)
            assert collected.cause == "lost"
            assert told in str(collected.error)
            assert "The result of task sample.double at " in str(collected.error)
            Path(parcel.url, "result").write_bytes(whole)
        original(work, executor.exchange.collect(Parcel.at(parcel.url), work))

    executor._deliver = harmed
    assert run(executor, sample.double(1)) == 2


def test_an_environment_that_differs_is_told_in_one_message(courier: Any, sample: Any, run: Any) -> None:
    executor = courier()
    executor.manifest = lambda manifest: {
        **manifest,
        "python": "3.99",
        "plugins": {"genomes": ["redun-value-genomes", "2.1"]},
    }
    with pytest.raises(ExecutorError) as raised:
        run(executor, sample.double(1))
    lines = str(raised.value).splitlines()
    assert "differs from that of the scheduler, so that its results might not be the same:" in lines[0]
    assert lines[1].startswith("  - Python is 3.")
    assert lines[1].endswith(", and 3.99 at the scheduler's")
    assert lines[2] == "  - redun-value-genomes 2.1 (plugin 'genomes') is not installed"
    assert executor.completions[0].cause == "error"


def test_a_slice_of_an_array_runs_its_calls_alone(courier: Any, sample: Any, run: Any) -> None:
    executor = courier(array=True)
    executor.arguments = ["--first", "1", "--count", "2"]
    found = run(executor, [sample.catch_all(sample.double(number)) for number in range(4)])
    assert [kind for kind, *_ in found] == [
        "redun.errors.JobLostError",
        "int",
        "int",
        "redun.errors.JobLostError",
    ]
    executor.arguments = []
    executor.environment = {"JOB_COMPLETION_INDEX": "9"}
    with pytest.raises(JobLostError, match="jobs holds 2 calls, and none of the index 9"):
        run(executor, [sample.double(10), sample.double(11)])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "give the URL of a call, or --array and the URL of many"),
        (["/x", "--index", "1"], "choose from an --array"),
        (["--array", "/x", "--index", "1", "--count", "2"], "give --index, or --first and --count"),
        (["--array", "/x", "--index", "-1"], "an index or a count is not negative"),
    ],
)
def test_a_wrong_command_is_told(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    from redun.worker.command import main

    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
