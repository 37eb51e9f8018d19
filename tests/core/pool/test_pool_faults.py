"""A process that ends in any way loses the call that it runs and nothing else."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pool_tasks as tasks
import pytest
from redun import Scheduler, catch
from redun.errors import ExecutorError, JobLostError, JobTimeoutError

from .conftest import is_alive, wait_for

pytestmark = pytest.mark.slow

METHODS = ["forkserver", "spawn", "fork"]


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        ("segfault", JobLostError, "was ended by SIGSEGV: a crash in code that is not Python"),
        ("exit", JobLostError, r"ended with exit code 3 before the body returned: it called os._exit"),
        ("exit 0", JobLostError, "ended with exit code 0 before the body returned"),
        ("abort", JobLostError, "was ended by SIGABRT"),
        ("close", JobLostError, "the body has closed descriptors that it did not open itself"),
        ("killed", JobLostError, "was ended by SIGKILL"),
        ("memory", MemoryError, "^$"),
        ("system exit", ExecutorError, r"raised SystemExit\(enough\)"),
    ],
)
def test_a_call_that_ends_its_process(pool, tmp_path, bodies, how, kind, words):
    with pytest.raises(kind, match=words):
        pool.run([tasks.die(str(tmp_path), how), *(tasks.noted(str(tmp_path), f"n{n}") for n in range(30))])
    ran = bodies()
    assert ran.count(how) == 1
    assert len(ran) == len(set(ran)) == 31
    assert pool.run(tasks.add(1)) == 11


@pytest.mark.parametrize("pool", METHODS, indirect=True)
def test_crashes_among_many_small_calls(pool: Scheduler, tmp_path, bodies):
    """What was sent to a process ahead of time runs elsewhere, once."""
    folder = str(tmp_path)
    calls = [tasks.noted(folder, f"n{number}") for number in range(600)]
    for place, how in ((500, "exit"), (350, "segfault"), (200, "killed")):
        calls.insert(place, catch(tasks.die(folder, how), JobLostError, tasks.recover))
    result = pool.run(calls)
    assert [word for word in result if word.startswith("n")] == [f"n{number}" for number in range(600)]
    assert sum("JobLostError: The worker process" in word for word in result) == 3
    ran = bodies()
    assert len(ran) == len(set(ran)) == 603


def test_a_lost_call_is_tried_again(pool, tmp_path, bodies):
    assert pool.run(tasks.die_once.options(retries=2, retry_on=["lost"])(str(tmp_path))) == "lives"
    assert bodies() == ["once", "once"]


def test_a_hanging_call_is_ended_with_all_that_it_started(pool, tmp_path):
    folder = str(tmp_path)
    with pytest.raises(JobTimeoutError, match=r"timeout of 1\.5 s"):
        pool.run(tasks.family.options(timeout=1.5)(folder))
    pids = [int(word) for name in ("pids", "worker") for word in Path(folder, name).read_text().split()]
    wait_for(lambda: not any(map(is_alive, pids)), 5)
    assert pool.run(tasks.add(1)) == 11


def test_what_waits_behind_a_call_that_is_given_up_runs(pool, tmp_path, bodies):
    folder = str(tmp_path)
    pool.run([tasks.noted(folder, f"warm {number}") for number in range(50)])
    slow = [
        catch(tasks.noted.options(timeout=0.6)(folder, f"slow {number}", 30), JobTimeoutError, tasks.recover)
        for number in range(2)
    ]
    quick = [tasks.noted(folder, f"quick {number}") for number in range(50)]
    assert all("timeout" in word for word in pool.run([*slow, *quick])[:2])
    ran = bodies()
    assert len(ran) == len(set(ran))


def test_what_a_crashed_process_was_running_ends_too(pool, tmp_path):
    folder = str(tmp_path)
    from threading import Thread

    failures = []

    def run():
        try:
            pool.run(tasks.family(folder))
        except JobLostError as error:
            failures.append(error)

    thread = Thread(target=run)
    thread.start()
    wait_for(Path(folder, "worker").exists)
    os.kill(int(Path(folder, "worker").read_text()), signal.SIGKILL)
    thread.join(20)
    assert len(failures) == 1
    pids = [int(word) for word in Path(folder, "pids").read_text().split()]
    wait_for(lambda: not any(map(is_alive, pids)), 5)


def test_a_module_that_fails_on_import(tmp_path, monkeypatch, pool):
    Path(tmp_path, "moody.py").write_text(
        "import os\n"
        "from redun import task\n"
        "redun_namespace = 'moody'\n"
        "if os.getpid() != " + str(os.getpid()) + ":\n"
        "    open(os.path.join(os.path.dirname(__file__), 'imports'), 'a').write('x')\n"
        "    raise ValueError('not in this mood')\n"
        "@task(executor='process')\n"
        "def smile(x):\n"
        "    return x\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import moody

    with pytest.raises(
        ExecutorError, match=r"moody, which defines task moody.smile, cannot be imported.*not in this mood"
    ):
        pool.run([moody.smile(number) for number in range(20)])
    # Each process tries it once.
    assert len(Path(tmp_path, "imports").read_text()) <= 2
    assert pool.run(tasks.add(1)) == 11


def test_an_environment_in_which_no_process_starts(tmp_path, monkeypatch):
    Path(tmp_path, "sitecustomize.py").write_text("raise SystemExit('this interpreter is broken')\n")
    with Scheduler({"executors.process": {"type": "process"}}) as scheduler:
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        with pytest.raises(ExecutorError, match=r"has no processes(.|\n)*this interpreter is broken"):
            scheduler.run(tasks.add(1))
        monkeypatch.delenv("PYTHONPATH")
        assert scheduler.run(tasks.add(1)) == 11


def test_arguments_and_results_that_cannot_travel(pool):
    with pytest.raises(Exception, match=r"Argument `a`.*cannot be given to another process"):
        pool.run(tasks.add(tasks.Rooted()))
    with pytest.raises(tasks.Peculiar, match="peculiar 7") as caught:
        pool.run(tasks.peculiar())
    assert caught.value.code == 7
    with pytest.raises(ExecutorError, match="cannot run async tasks"):
        pool.run(tasks.asynchronous())
