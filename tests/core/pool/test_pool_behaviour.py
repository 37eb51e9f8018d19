"""What bodies find in their processes, and what comes back from them."""

from __future__ import annotations

import importlib
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from threading import Thread

import numpy as np
import pool_tasks as tasks
import pytest
from redun import File, Scheduler
from redun.errors import ConfigError, ExecutionInterrupted, ExecutorError, JobLostError, UnknownTaskError

from .conftest import is_alive, wait_for

METHODS = ["forkserver", "spawn", "fork"]


@pytest.mark.parametrize("pool", METHODS, indirect=True)
def test_surroundings_are_the_schedulers(pool, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POOL_TEST", "first")
    folder, variable, path, argv, stdin = pool.run(tasks.where.options(cache=False)())
    assert (folder, variable, stdin) == (str(tmp_path), "first", "")
    assert path == sys.path
    assert argv == sys.argv
    monkeypatch.setenv("POOL_TEST", "second")
    Path(tmp_path, "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    monkeypatch.syspath_prepend(str(tmp_path / "inner"))
    folder, variable, path, _argv, _stdin = pool.run(tasks.where.options(cache=False)())
    assert (folder, variable) == (str(tmp_path / "inner"), "second")
    assert path == sys.path


def test_a_body_does_not_move_those_after_it(tmp_path):
    with Scheduler({"executors.process": {"type": "process", "max_workers": "1"}}) as scheduler:
        wanderer = scheduler.run(tasks.wander(str(tmp_path)))
        assert scheduler.run(tasks.where())[0] == os.getcwd()
        assert scheduler.run(tasks.pid()) == wanderer


@pytest.mark.parametrize("method", METHODS)
def test_output(method, tmp_path, capfd):
    section = {"type": "process", "start_method": method}
    backend = {"db_uri": f"sqlite:///{tmp_path}/redun.db"}
    with Scheduler({"backend": backend, "executors.process": section}) as scheduler:
        scheduler.run([tasks.speak(), tasks.silent()])
    with closing(sqlite3.connect(tmp_path / "redun.db")) as connection:
        rows = dict(connection.execute("select stream, text from output").fetchall())
    assert set(rows) == {1, 2, 3}
    assert sorted(rows[1].split("\n")[:-1]) == ["by a program", "by descriptor 1", "by print"]
    # A fork has the handlers of the scheduler's process, here those of pytest, and logging does not write by itself.
    logged = [] if method == "fork" else ["by logging"]
    assert sorted(rows[2].split("\n")[:-1]) == ["by its stderr", *logged, "by sys.stderr"]
    assert "by logging" in rows[3]
    shown = capfd.readouterr()
    assert sorted(shown.out.split("\n")[:-1]) == ["by a program", "by descriptor 1", "by print"]
    assert "by its stderr" in shown.err


def test_the_last_words_of_a_process_are_recorded(tmp_path, capfd):
    backend = {"db_uri": f"sqlite:///{tmp_path}/redun.db"}
    with Scheduler({"backend": backend}) as scheduler, pytest.raises(JobLostError, match="SIGABRT"):
        scheduler.run(tasks.die(str(tmp_path), "abort"))
    with closing(sqlite3.connect(tmp_path / "redun.db")) as connection:
        assert connection.execute("select stream, text from output").fetchall() == [
            (2, "free(): invalid pointer\n")
        ]
    assert "free(): invalid pointer\n" in capfd.readouterr().err


def test_a_body_that_closes_stdout_spoils_nothing_for_others():
    with Scheduler({"executors.process": {"type": "process", "max_workers": "1"}}) as scheduler:
        assert scheduler.run(tasks.close_stdout()) == "closed"
        assert scheduler.run(tasks.speak()) is None


@pytest.mark.slow
def test_large_arrays(pool, tmp_path):
    array = np.arange(300_000, dtype=float)
    assert np.array_equal(pool.run(tasks.scaled(array, 3)), array * 3)
    # A body that changes its argument changes that of nobody else.
    assert array[1] == 1.0
    assert pool.run([tasks.total(array, number) for number in range(20)]) == [array.sum()] * 20
    path, grown = pool.run(tasks.grow(str(tmp_path)))
    assert (path, grown.sum()) == (f"{tmp_path}/grown", 3_500_000.0)
    grown[0] = 1
    many = pool.run([tasks.scaled(array, number) for number in range(40)])
    assert [each[1] for each in many] == list(range(40))


def test_expressions_files_and_hits(pool, tmp_path):
    assert pool.run(tasks.fan(100)) == [number + 10 for number in range(100)]
    file = pool.run(tasks.write(str(tmp_path)))
    assert isinstance(file, File)
    assert file.read() == "by a process"
    File(str(tmp_path / "written")).write("by somebody else")
    assert pool.run(tasks.write(str(tmp_path))).read() == "by a process"


@pytest.mark.slow
def test_long_calls_do_not_keep_others_waiting(pool, tmp_path):
    """Calls that were thought short are sent ahead; when one takes long, those behind it go elsewhere."""
    folder = str(tmp_path)
    pool.run([tasks.noted(folder, f"warm {number}") for number in range(300)])
    slow = tasks.noted(folder, "slow", until=601)
    pool.run([slow, *(tasks.noted(folder, f"quick {number}") for number in range(300))])
    # They stay until another one has begun.
    pool.run([tasks.noted(folder, f"pair {number}", until=603 + number // 2 * 2) for number in range(4)])


@pytest.mark.parametrize("method", METHODS)
def test_changed_code_gets_a_fresh_process(method, tmp_path, monkeypatch):
    name = f"edited_{method}"
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    text = (
        f"from redun import task\n@task(namespace='{name}', executor='process')\ndef answer():\n    return "
    )
    Path(tmp_path, f"{name}.py").write_text(f"{text}1\n")
    module = importlib.import_module(name)
    section = {"type": "process", "max_workers": "1", "start_method": method}
    with Scheduler({"executors.process": section}) as scheduler:
        assert scheduler.run(module.answer()) == 1
        Path(tmp_path, f"{name}.py").write_text(f"{text}22\n")
        importlib.invalidate_caches()
        importlib.reload(module)
        assert scheduler.run(module.answer()) == 22


@pytest.mark.parametrize("pool", ["fork"], indirect=True)
def test_a_fork_knows_what_no_other_process_finds(pool):
    source = "from redun import task\n@task(namespace='cell', executor='process')\ndef {0}(x):\n    return x + {1}\n"
    cells = {"__name__": "__main__"}
    exec(source.format("first", 1), cells)
    assert pool.run(cells["first"](1)) == 2
    # The next cell, when processes are there already.
    exec(source.format("second", 10), cells)
    exec(source.format("first", 100), cells)
    assert pool.run([cells["second"](1), cells["first"](1)]) == [11, 101]


def test_what_no_other_process_finds_is_told(pool):
    cells = {"__name__": "__main__"}
    exec(
        "from redun import task\n@task(namespace='told', executor='process')\ndef f(x):\n    return x\n",
        cells,
    )
    with pytest.raises(UnknownTaskError, match=r"told\.f, so that no other process can run it"):
        pool.run(cells["f"](1))


def test_processes_are_replaced_after_so_many_calls():
    section = {"type": "process", "max_workers": "1", "max_tasks_per_worker": "3"}
    with Scheduler({"executors.process": section}) as scheduler:
        pids = [scheduler.run(tasks.pid(number)) for number in range(7)]
    assert [pids.count(each) for each in dict.fromkeys(pids)] == [3, 3, 1]


def test_scripts_end_with_their_time(pool, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    # A process that is there already has the script begun within the time.
    assert pool.run(tasks.add(5)) == 15
    with pytest.raises(Exception, match="timeout of 3 s"):
        pool.run(tasks.lingering_script.options(timeout=3)(str(tmp_path)))
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    wait_for(lambda: not any(map(is_alive, pids)), 5)
    wait_for(lambda: not list(tmp_path.glob("redun-*")))


def test_an_interrupted_run_drops_what_has_not_begun(pool, tmp_path, bodies):
    folder = str(tmp_path)

    def interrupt():
        wait_for((tmp_path / "bodies").exists)
        pool.interrupt(2)

    Thread(target=interrupt).start()
    with pytest.raises(ExecutionInterrupted):
        pool.run([tasks.noted(folder, f"{number}", 0.4) for number in range(40)])
    assert 1 <= len(bodies()) <= 6
    assert pool.run(tasks.add(5)) == 15


def test_the_mode_of_local_executors_and_tasks():
    here = os.getpid()
    sections = {
        "executors.default": {"type": "local", "max_workers": "2"},
        "executors.apart": {
            "type": "local",
            "mode": "processes",
            "max_workers": "2",
            "start_method": "spawn",
        },
    }
    with Scheduler(sections) as scheduler:
        on = tasks.pid.options
        found = scheduler.run(
            [
                on(executor="default")(1),
                on(executor="default", mode="process")(2),
                on(executor="apart")(3),
                on(executor="apart", mode="thread")(4),
                # Known without configuration, too.
                on()(5),
            ]
        )
        assert [each == here for each in found] == [True, False, False, True, False]
        assert scheduler.run(tasks.asynchronous.options(executor="apart")()) == 1
        with pytest.raises(ExecutorError, match="is async and cannot run in another process"):
            scheduler.run(tasks.asynchronous.options(executor="default", mode="process", cache=False)())
        with pytest.raises(ExecutorError, match="mode must be thread or process, not 'fiber'"):
            scheduler.run(on(executor="default", mode="fiber")(6))


@pytest.mark.parametrize(
    ("section", "words"),
    [
        (
            {"type": "process", "start_method": "vfork"},
            "start_method.*one of forkserver, spawn, fork, not 'vfork'",
        ),
        ({"type": "process", "max_workers": "0"}, "max_workers.*positive integer, not '0'"),
        ({"type": "process", "max_tasks_per_worker": "x"}, "max_tasks_per_worker.*positive integer, not 'x'"),
        ({"type": "local", "mode": "fiber"}, "mode.*must be thread or process, not 'fiber'"),
        ({"type": "local", "start_method": "vfork"}, "start_method.*one of"),
    ],
)
def test_wrong_options(section, words):
    with Scheduler({"executors.process": section}) as scheduler, pytest.raises(ConfigError, match=words):
        scheduler.run(tasks.add(1))


def test_a_fork_leaves_libraries_what_they_close(tmp_path):
    csv = pytest.importorskip("pyarrow.csv")
    (tmp_path / "table.csv").write_text("x\n1\n")
    # From now on arrow has a pipe, and closes it when there is a fork.
    csv.read_csv(tmp_path / "table.csv")
    with Scheduler({"executors.process": {"type": "process", "start_method": "fork"}}) as scheduler:
        assert scheduler.run(tasks.where.options(cache=False)())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process can forget what it had")
def test_the_most_memory_of_a_task_is_recorded_with_the_call_that_had_it(tmp_path):
    database = tmp_path / "redun.db"
    config = {
        "backend": {"db_uri": f"sqlite:///{database}"},
        "executors.process": {"type": "process", "max_workers": "1"},
    }
    with Scheduler(config) as scheduler:
        for call in (tasks.hold(200), tasks.hold(10), tasks.hold(400), *map(tasks.hold_little, range(5))):
            scheduler.run(call)
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT x.key, t.name, g.value FROM execution x JOIN job j ON j.execution = x.key"
            " JOIN task t ON t.key = j.task"
            " JOIN tag g ON g.entity = 'job' AND substr(g.id, 1, 16) = x.id AND g.key = 'peak_memory'"
            " ORDER BY x.key"
        ).fetchall()
    # What is little more than before is not told again, and what another task had does not count.
    assert [(key, name) for key, name, _ in rows] == [(1, "hold"), (3, "hold"), (4, "hold_little")]
    first, third, little = (int(value) for *_, value in rows)
    assert 200_000_000 < first < 400_000_000 < third
    assert little < 200_000_000
