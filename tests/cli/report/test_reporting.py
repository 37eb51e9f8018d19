"""What is written while a workflow runs: lines, table, live display, failure."""

from __future__ import annotations

import io
import re
import threading
import time
from pathlib import Path
from typing import Any

import attrs
import pytest
from redun.recorder.batch import JobStatus, Reason
from redun.scheduler.events import AttemptView, ExecutionView, Transition
from redun.scheduler.failure import Failure, Frame
from redun_cli.report.failure import failure_text
from redun_cli.report.lines import REASONS, job_line, prefixed, would_run_line
from redun_cli.report.live import LiveReporter
from redun_cli.report.plain import PlainReporter
from redun_cli.report.tally import Tally, table_lines


@attrs.define
class Job:
    """A job as observers see it."""

    number: int
    task_name: str = "ns.f"
    arguments: list[tuple[str, str]] = attrs.field(factory=lambda: [("x", "1"), ("y", "'a'")])
    executor: str = "default"
    eval_hash: str = "0123456789" * 4
    reason: Reason = Reason.NEW
    attempt: AttemptView | None = None
    error: BaseException | None = None
    why: str | None = None
    replayed: bool = False

    @property
    def id(self) -> str:
        return f"abcdef01.{self.number}"


def steps(*states: tuple[Job, JobStatus]) -> list[Transition]:
    return [Transition(job, status) for job, status in states]  # type: ignore[arg-type]


def table(tally: Tally) -> dict[str, dict[str, int]]:
    columns = tally.columns()
    return {task: dict(zip(columns, counts, strict=True)) for task, counts in tally.rows()}


EXECUTION = ExecutionView(id="abcdef01" * 4, argv=["redun", "run", "wf.py", "f"], task="ns.f")


def test_lines() -> None:
    job = Job(3)
    assert job_line(Transition(job, JobStatus.RUNNING)) == (  # type: ignore[arg-type]
        "[redun] Run    Job abcdef01.3:  ns.f(x=1, y='a') on default\n"
    )
    assert job_line(Transition(job, JobStatus.CACHED)) == (  # type: ignore[arg-type]
        "[redun] Cached Job abcdef01.3:  ns.f(x=1, y='a') (eval_hash=01234567)\n"
    )
    assert job_line(Transition(job, JobStatus.FAILED)) == (  # type: ignore[arg-type]
        "[redun] Failed Job abcdef01.3:  ns.f(x=1, y='a')\n"
    )
    assert job_line(Transition(job, JobStatus.DONE)) is None  # type: ignore[arg-type]


def test_every_line_has_the_prefix() -> None:
    assert prefixed("a\n\nb") == "[redun] a\n[redun]\n[redun] b\n"


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)
    line = would_run_line(Job(1, reason=Reason.INVALID))  # type: ignore[arg-type]
    assert line.startswith("Dryrun Job abcdef01.1:  ns.f(x=1, y='a') on default: ")
    assert "no longer holds" in line


def test_a_tally_counts_each_job_once() -> None:
    one, two, other = Job(1), Job(2), Job(3, "ns.g")
    tally = Tally()
    tally.add(steps((one, JobStatus.RUNNING), (two, JobStatus.CACHED), (other, JobStatus.RUNNING)))
    assert table(tally)["ns.f"] == {
        "PENDING": 0,
        "RUNNING": 1,
        "FAILED": 0,
        "CACHED": 1,
        "DONE": 0,
        "TOTAL": 2,
    }
    tally.add(steps((one, JobStatus.DONE), (other, JobStatus.FAILED)))
    counts = table(tally)
    assert list(counts) == ["ALL", "ns.f", "ns.g"]
    assert counts["ns.f"]["DONE"] == counts["ns.f"]["CACHED"] == 1
    assert counts["ALL"] == {
        "PENDING": 0,
        "RUNNING": 0,
        "FAILED": 1,
        "CACHED": 1,
        "DONE": 1,
        "TOTAL": 3,
    }


def test_a_job_that_was_replayed_and_then_failed_counts_once() -> None:
    tally = Tally()
    tally.add(steps((Job(1), JobStatus.CACHED), (Job(2), JobStatus.CACHED)))
    tally.add(steps((Job(1, replayed=True), JobStatus.FAILED)))
    counts = table(tally)["ALL"]
    assert (counts["FAILED"], counts["CACHED"], counts["TOTAL"]) == (1, 1, 2)


def test_what_is_under_way_at_the_end_is_cancelled() -> None:
    tally = Tally()
    tally.add(steps((Job(1), JobStatus.RUNNING), (Job(2), JobStatus.RUNNING), (Job(2), JobStatus.DONE)))
    assert "CANCELLED" not in tally.columns()
    tally.end()
    counts = table(tally)["ALL"]
    assert (counts["RUNNING"], counts["CANCELLED"], counts["DONE"], counts["TOTAL"]) == (0, 1, 1, 2)


def test_the_table_is_aligned() -> None:
    tally = Tally()
    tally.add(steps((Job(1, "a.long.name.of.a.task"), JobStatus.CACHED), (Job(2), JobStatus.RUNNING)))
    tally.end()
    lines = table_lines(tally, "NOW")
    assert lines[0] == lines[-1] == ""
    assert lines[1] == "| JOB STATUS NOW"
    assert lines[2] == "| TASK                  PENDING RUNNING  FAILED  CACHED    DONE CANCELLED   TOTAL"
    assert lines[3] == "|"
    assert lines[4] == "| ALL                         0       0       0       1       0         1       2"
    assert lines[5].startswith("| a.long.name.of.a.task       0")
    assert lines[6].startswith("| ns.f ")


def test_an_empty_table() -> None:
    assert table(Tally())["ALL"]["TOTAL"] == 0


def test_plain_reports() -> None:
    stream = io.StringIO()
    reporter = PlainReporter(stream)
    reporter.execution_started(EXECUTION)
    reporter.jobs(steps((Job(1), JobStatus.RUNNING)))
    reporter.jobs(steps((Job(1), JobStatus.DONE)))
    reporter.execution_finished(EXECUTION)
    lines = stream.getvalue().splitlines()
    assert lines[0] == f"[redun] Start Execution {EXECUTION.id}:  redun run wf.py f"
    assert lines[1].startswith("[redun] Run    Job")
    assert lines[-1].startswith("[redun] Execution duration: 0.")
    assert all(line.startswith("[redun]") for line in lines)


def test_silence_is_broken_by_the_table() -> None:
    stream = io.StringIO()
    reporter = PlainReporter(stream, interval=0.15)
    reporter.execution_started(EXECUTION)
    reporter.jobs(steps((Job(1), JobStatus.RUNNING)))
    deadline = time.monotonic() + 20
    while stream.getvalue().count("JOB STATUS") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    reporter.close()
    assert "| ns.f       0       1 " in stream.getvalue()
    assert "redun-status" not in {thread.name for thread in threading.enumerate() if not thread.daemon}


@pytest.mark.parametrize("interval", [0.0, 30.0])
def test_without_silence_there_is_no_table_in_between(interval: float) -> None:
    stream = io.StringIO()
    reporter = PlainReporter(stream, interval=interval)
    reporter.execution_started(EXECUTION)
    time.sleep(0.3)
    assert "JOB STATUS" not in stream.getvalue()
    reporter.close()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_live_reports_show_the_table_and_end_like_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    reporter = LiveReporter(stream)
    reporter.execution_started(EXECUTION)
    jobs = [Job(number, f"ns.task{number:02}") for number in range(1, 31)]
    reporter.jobs(steps(*[(job, JobStatus.RUNNING) for job in jobs]))
    time.sleep(0.6)
    shown = stream.getvalue()
    assert "elapsed" in shown
    assert "… 10 more tasks" in shown
    reporter.jobs(steps(*[(job, JobStatus.DONE) for job in jobs]))
    reporter.execution_finished(EXECUTION)
    end = stream.getvalue()[len(shown) :]
    assert "| JOB STATUS" in end
    assert "\x1b[?25h" in end  # the cursor is back
    assert re.search(r"\| ALL +0 +0 +0 +0 +30 +30", end)
    reporter.close()


def test_a_live_report_is_ended_by_closing() -> None:
    reporter = LiveReporter(Terminal())
    reporter.execution_started(EXECUTION)
    reporter.close()
    deadline = time.monotonic() + 20
    while any(type(thread).__name__ == "_RefreshThread" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def failure(file: Path, **changes: Any) -> Failure:
    frames = [
        Frame("abcdef01.1", "ns.main", str(file), 1, []),
        Frame("abcdef01.2", "ns.bad", str(file), 6, [("x", "1"), ("long", "'a'")]),
    ]
    error = ValueError("two\nlines")
    values: dict[str, Any] = {
        "frames": frames,
        "traceback": f'  File "{file}", line 9, in bad\n    raise ValueError\n',
        "error_type": "ValueError",
        "message": "two\nlines",
        "error": error,
    }
    return Failure(**{**values, **changes})


def test_a_failure_from_root_to_error(tmp_path: Path) -> None:
    file = tmp_path / "wf.py"
    file.write_text(
        "@task\ndef main():\n    return bad(1)\n\n\n@task(\n    version='1',\n)\ndef bad(x, long='a'):\n    pass\n"
    )
    assert failure_text(failure(file), ["have a break"]) == "\n".join(
        [
            "*** Execution failed. Traceback (most recent task last):",
            f'  Job abcdef01.1: File "{file}", line 2, in ns.main',
            "    def main():",
            f'  Job abcdef01.2: File "{file}", line 9, in ns.bad',
            "    def bad(x, long='a'):",
            "    x    = 1",
            "    long = 'a'",
            f'  File "{file}", line 9, in bad',
            "    raise ValueError",
            "ValueError: two",
            "lines",
            "Hint: have a break",
        ]
    )


def test_a_failure_without_source_frames_or_message() -> None:
    text = failure_text(failure(Path("/gone.py"), traceback="", message="", error_type="KeyError"))
    assert text.splitlines()[1:] == [
        '  Job abcdef01.1: File "/gone.py", line 1, in ns.main',
        '  Job abcdef01.2: File "/gone.py", line 6, in ns.bad',
        "    x    = 1",
        "    long = 'a'",
        "KeyError",
    ]
