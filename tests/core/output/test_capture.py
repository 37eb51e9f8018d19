from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.executors.output import LIMIT, OutputStream, output_of

redun_namespace = "printing"

Kept = Callable[[], dict[str, dict[str, str]]]


@task(cache=False)
def speak(n: int) -> int:
    print("one", n, flush=True)
    sys.stdout.writelines(["two\n", "three\n"])
    sys.stdout.buffer.write(b"four\n")
    print("oh dear", n, file=sys.stderr)
    return n


@task(cache=False)
def speak_all(count: int) -> list[int]:
    return [speak(n) for n in range(count)]


def test_each_job_keeps_its_own_and_all_is_shown(
    scheduler: Scheduler, kept: Kept, capfd: pytest.CaptureFixture[str]
) -> None:
    stdout, stderr = sys.stdout, sys.stderr
    # On the file descriptors, as in a terminal.
    with open(1, "w", closefd=False) as sys.stdout, open(2, "w", closefd=False) as sys.stderr:
        try:
            assert scheduler.run(speak_all(30)) == list(range(30))
        finally:
            sys.stdout.flush()
            sys.stdout, sys.stderr = stdout, stderr
    found = kept()
    assert len(found) == 30
    for n in range(30):
        assert found[f"speak({n})"] == {
            "stdout": f"one {n}\ntwo\nthree\nfour\n",
            "stderr": f"oh dear {n}\n",
        }
    shown = capfd.readouterr()
    assert sorted(shown.out.splitlines()) == sorted(
        [f"one {n}" for n in range(30)] + ["two", "three", "four"] * 30
    )
    assert sorted(shown.err.splitlines()) == sorted(f"oh dear {n}" for n in range(30))


def test_lines_of_jobs_are_not_mixed(scheduler: Scheduler) -> None:
    @task(cache=False)
    def pieces(n: int) -> None:
        for _ in range(20):
            print(n, *[n] * 20)

    @task(cache=False)
    def all_of_them() -> list[None]:
        return [pieces(n) for n in range(20)]

    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            time.sleep(0)
            return super().write(text)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with contextlib.redirect_stdout(Slow()) as shown:
            scheduler.run(all_of_them())
    finally:
        sys.setswitchinterval(interval)
    lines = shown.getvalue().splitlines()
    assert len(lines) == 400
    assert all(len(set(line.split())) == 1 and len(line.split()) == 21 for line in lines)


def test_the_beginning_of_a_line_is_shown_when_flushed_and_at_the_end(
    scheduler: Scheduler, kept: Kept
) -> None:
    seen: list[str] = []

    @task(cache=False)
    def progress() -> None:
        print("working", end=" ")
        print("...", end="", flush=True)
        seen.append(shown.getvalue())
        sys.stdout.write("half\nnext")
        seen.append(shown.getvalue())
        sys.stdout.write("\r50 %")
        seen.append(shown.getvalue())
        print(" no end", end="")

    with contextlib.redirect_stdout(io.StringIO()) as shown:
        scheduler.run(progress())
    everything = "working ...half\nnext\r50 % no end"
    assert seen == ["working ...", everything[:20], everything[:25]]
    assert shown.getvalue() == everything
    assert kept()["progress()"]["stdout"] == everything


def test_a_last_line_that_cannot_be_shown_is_no_failure(scheduler: Scheduler, kept: Kept) -> None:
    @task(cache=False)
    def last() -> int:
        print("last words", end="")
        shown.close()
        return 1

    with contextlib.redirect_stdout(io.StringIO()) as shown:
        assert scheduler.run(last()) == 1
    assert kept()["last()"]["stdout"] == "last words"


def test_the_streams_are_put_back(scheduler: Scheduler, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr, logging.getLogRecordFactory()
    seen: list[Any] = []

    @task(cache=False)
    def look() -> None:
        seen.append(sys.stdout)
        print("to capsys")

    scheduler.run(look())
    assert (sys.stdout, sys.stderr, logging.getLogRecordFactory()) == before
    assert capsys.readouterr().out == "to capsys\n"
    # Somebody kept ours: it passes on for ever.
    seen[0].write("later\n")
    assert capsys.readouterr().out == "later\n"


def test_a_job_that_is_silent_keeps_nothing(scheduler: Scheduler, kept: Kept) -> None:
    @task(cache=False)
    def silent() -> int:
        return 1

    scheduler.run(silent())
    assert kept() == {}


def test_the_stream_answers_as_the_one_below(scheduler: Scheduler, tmp_path: Path) -> None:
    @task(cache=False)
    def ask() -> list[Any]:
        out = sys.stdout
        problems = []
        for wrong in (lambda: out.write(b"x"), lambda: out.buffer.write("x")):  # type: ignore[arg-type]
            try:
                wrong()
            except TypeError:
                problems.append("TypeError")
        return [out.fileno(), out.isatty(), out.encoding, out.errors, out.closed, out.writable(), problems]

    with open(tmp_path / "out", "w", encoding="latin-1", errors="replace") as below:
        with contextlib.redirect_stdout(below):
            answers = scheduler.run(ask())
        expected = [below.fileno(), False, "latin-1", "replace", False, True, ["TypeError", "TypeError"]]
    assert answers == expected


def test_what_the_stream_cannot_encode_fails_as_without_us(
    scheduler: Scheduler, kept: Kept, tmp_path: Path
) -> None:
    @task(cache=False)
    def omega() -> None:
        print("fine")
        print("Ω")

    with (
        open(tmp_path / "out", "w", encoding="ascii") as below,
        contextlib.redirect_stdout(below),
        pytest.raises(UnicodeEncodeError),
    ):
        scheduler.run(omega())
    assert kept() == {"omega()": {"stdout": "fine\n"}}


def test_text_of_any_kind_is_kept(scheduler: Scheduler, kept: Kept) -> None:
    @task(cache=False)
    def odd() -> None:
        sys.stdout.write("é Ω 🙂 \x00 \x1b[31m \udcff\n")

    with contextlib.redirect_stdout(io.StringIO()) as shown:
        scheduler.run(odd())
    assert shown.getvalue() == "é Ω 🙂 \x00 \x1b[31m \udcff\n"
    assert kept() == {"odd()": {"stdout": "é Ω 🙂 \x00 \x1b[31m \\udcff\n"}}


def test_a_stream_put_in_place_by_a_body_gets_what_it_wants(scheduler: Scheduler, kept: Kept) -> None:
    @task(cache=False)
    def redirect() -> str:
        print("before")
        with contextlib.redirect_stdout(io.StringIO()) as own:
            print("mine")
        print("after")
        return own.getvalue()

    assert scheduler.run(redirect()) == "mine\n"
    assert kept() == {"redirect()": {"stdout": "before\nafter\n"}}


def test_a_replacement_that_outlives_the_execution_stays(scheduler: Scheduler) -> None:
    other = io.StringIO()
    before = sys.stdout

    @task(cache=False)
    def replace() -> None:
        sys.stdout = other

    try:
        scheduler.run(replace())
        assert sys.stdout is other
    finally:
        sys.stdout = before


@pytest.mark.usefixtures("no_other_tasks")
def test_a_tee_of_a_body_keeps_each_line_once(scheduler: Scheduler, kept: Kept) -> None:
    class Tee:
        def __init__(self, below: Any) -> None:
            self.below = below

        def write(self, text: str) -> int:
            return int(self.below.write(text))

        def flush(self) -> None:
            self.below.flush()

    @task(cache=False)
    def inner() -> None:
        print("inner")

    @task(cache=False)
    def outer() -> None:
        before = sys.stdout
        sys.stdout = Tee(before)  # type: ignore[assignment]
        try:
            print("outer")
            # A scheduler inside finds the tee and stands before it.
            Scheduler().run(inner())
        finally:
            sys.stdout = before

    with contextlib.redirect_stdout(io.StringIO()) as shown:
        scheduler.run(outer())
    assert shown.getvalue() == "outer\ninner\n"
    # What the job of the inner scheduler printed is that scheduler's.
    assert kept() == {"outer()": {"stdout": "outer\n"}}


def test_logs_are_kept_with_level_and_name(scheduler: Scheduler, kept: Kept) -> None:
    log = logging.getLogger("printing.db")
    apart = logging.getLogger("printing.apart")
    apart.propagate = False
    apart.addHandler(logging.NullHandler())
    log.setLevel(logging.INFO)

    @task(cache=False)
    def talk() -> None:
        log.debug("not asked for")
        log.info("row %d of %s", 3, "t")
        apart.error("alone")
        try:
            raise KeyError("gone")
        except KeyError:
            log.exception("could not")
        log.warning("100% %s", "right", "wrong")

    raising, logging.raiseExceptions = logging.raiseExceptions, False
    try:
        scheduler.run(talk())
    finally:
        logging.raiseExceptions = raising
    text = kept()["talk()"]["log"]
    lines = text.splitlines()
    assert lines[:4] == [
        "INFO printing.db: row 3 of t",
        "ERROR printing.apart: alone",
        "ERROR printing.db: could not",
        "Traceback (most recent call last):",
    ]
    assert "KeyError: 'gone'" in lines
    assert lines[-1] == "WARNING printing.db: '100% %s' ('right', 'wrong')"


def test_logging_works_as_without_us(tmp_path: Path) -> None:
    # `basicConfig` does nothing where a handler is on the root logger, and a warning is shown where there is none.
    code = """
import logging
from redun import Scheduler, task
redun_namespace = "n"
@task(cache=False)
def warn():
    logging.getLogger("a").warning("shown without a handler")
    logging.basicConfig(level=logging.INFO, format="own format %(message)s")
    logging.info("yes")
Scheduler().run(warn())
logging.info("after")
"""
    import subprocess

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stderr == "shown without a handler\nown format yes\nown format after\n"
    assert done.returncode == 0


def test_threads_of_a_body_are_their_own_unless_they_take_the_context(
    scheduler: Scheduler, kept: Kept
) -> None:
    @task(cache=False)
    def threads() -> None:
        from contextvars import copy_context

        plain = threading.Thread(target=print, args=("apart",))
        taken = threading.Thread(target=copy_context().run, args=(print, "with us"))
        for thread in (plain, taken):
            thread.start()
            thread.join()

    with contextlib.redirect_stdout(io.StringIO()) as shown:
        scheduler.run(threads())
    assert shown.getvalue() == "apart\nwith us\n"
    assert kept() == {"threads()": {"stdout": "with us\n"}}


def test_a_body_that_runs_a_loop(scheduler: Scheduler, kept: Kept) -> None:
    @task(cache=False)
    def loop() -> None:
        async def say(n: int) -> None:
            await asyncio.to_thread(print, "said", n)
            print("done", n)

        async def all_of_it() -> None:
            for n in range(2):
                await asyncio.create_task(say(n))

        asyncio.run(all_of_it())

    scheduler.run(loop())
    assert kept() == {"loop()": {"stdout": "said 0\ndone 0\nsaid 1\ndone 1\n"}}


def test_executions_at_the_same_time(scheduler: Scheduler, kept: Kept) -> None:
    before = sys.stdout
    barrier = threading.Barrier(2)

    @task(cache=False)
    def meet(n: int) -> None:
        barrier.wait(timeout=20)
        print("met", n)

    others = [threading.Thread(target=lambda: Scheduler().run(meet(2)))]
    others[0].start()
    scheduler.run(meet(1))
    others[0].join()
    assert kept() == {"meet(1)": {"stdout": "met 1\n"}}
    assert sys.stdout is before


def test_a_flood_keeps_its_ends(scheduler: Scheduler, path: Path) -> None:
    @task(cache=False)
    def flood() -> None:
        for number in range(40_000):
            print(f"line {number}")

    with contextlib.redirect_stdout(io.StringIO()) as shown:
        scheduler.run(flood())
    assert len(shown.getvalue().splitlines()) == 40_000
    with contextlib.closing(sqlite3.connect(path)) as connection:
        ((text, dropped),) = connection.execute("SELECT text, dropped FROM output").fetchall()
    assert len(text) < 2 * LIMIT + 100
    assert dropped == len(shown.getvalue()) - 2 * LIMIT
    assert text.startswith("line 0\nline 1\n")
    assert text.endswith("line 39998\nline 39999\n")
    assert f"\n[... {dropped} bytes left out ...]\n" in text


def test_cuts_do_not_go_through_characters() -> None:
    text = "x" + "é" * LIMIT * 3
    kept = output_of(OutputStream.STDOUT, text)
    assert "�" not in kept.text
    assert kept.dropped == len(text.encode()) - 2 * LIMIT
    whole = output_of(OutputStream.STDOUT, b"caf\xe9")
    assert whole == (OutputStream.STDOUT, "caf�", 0)


def test_failures_show_the_end_of_stderr(scheduler: Scheduler, kept: Kept) -> None:
    @task(cache=False)
    def fail() -> None:
        for number in range(30):
            print("detail", number, file=sys.stderr)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        scheduler.run(fail())
    assert scheduler.failure is not None
    assert scheduler.failure.stderr == "\n".join(f"detail {number}" for number in range(20, 30))
    assert kept()["fail()"]["stderr"].startswith("detail 0\n")


def test_capture_can_be_turned_off(path: Path, kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    config = Config({"backend": {"db_uri": f"sqlite:///{path}"}, "scheduler": {"capture": "false"}})
    with Scheduler(config) as scheduler:
        scheduler.run(speak(1))
    assert "one 1" in capsys.readouterr().out
    assert kept() == {}
