"""A workflow whose record is in trouble: the real command, the traces that bodies leave, and what must hold afterwards.

I1 what was recorded never runs again; I2 no record says RUNNING for a dead process; I3 the result is that of an
undisturbed run; I4 the record is sound; I5 neither process nor connection is left; I6 the exit code is right; I7 a
body runs at most once more than its process was killed. Troubles of the database kill no process: there each body
runs exactly once.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest
import warm

from tests.postgres.faults.soundness import assert_sound

__all__ = ["Project", "Run"]

REDUN = Path(sys.executable).with_name("redun")
PATIENCE_S = 90.0
"""How long to wait for what must happen; far longer than it takes on a busy machine."""

STRIDE = 2
"""So many links of the chain for each trouble."""

chance = random.Random(int(os.environ.get("FAULT_SEED", "20266")))

SIZES = [len(b"large-0") * 300_000] * 4


@attrs.frozen
class Run:
    """A finished run of the command."""

    code: int
    stdout: str
    stderr: str

    @property
    def result(self) -> str:
        """The last line, after what jobs printed."""
        return self.stdout.splitlines()[-1] if self.stdout else ""

    def jobs(self, word: str) -> list[str]:
        """Return the calls of the lines that begin with `Run`, `Cached` or `Failed`."""
        lines = (line.split(None, 4) for line in self.stderr.splitlines())
        return [words[4] for words in lines if words[:1] == ["[redun]"] and words[1:3] == [word, "Job"]]


class Project:
    """A folder with a workflow whose record is in a database, and the command run there.

    Parameters
    ----------
    folder : Path
    uri : str
        How the workflow reaches the database.
    database : str
        How the test does.
    """

    def __init__(self, folder: Path, uri: str, database: str, options: dict[str, str]) -> None:
        self.folder = folder
        self.uri = uri
        self.database = database
        self.started: list[warm.Popen] = []
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("REDUN", "PG", "COLUMNS"))
        }
        (folder / ".redun").mkdir(parents=True)
        lines = [f"{name} = {value}" for name, value in {"db_uri": uri, **options}.items()]
        (folder / ".redun" / "redun.ini").write_text("\n".join(["[backend]", *lines]))
        shutil.copy(Path(__file__).with_name("workflow.py"), folder / "wf.py")

    def start(self, *words: str) -> warm.Popen:
        process = warm.Popen(
            [REDUN, *words],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=(self.folder / f"stderr-{len(self.started)}").open("w"),
            text=True,
        )
        self.started.append(process)
        return process

    def told(self, process: warm.Popen) -> str:
        """Return what a run has told so far."""
        return (self.folder / f"stderr-{self.started.index(process)}").read_text()

    def finish(self, process: warm.Popen) -> Run:
        """Wait for the end of a run; no traceback of ours may show, whatever happens."""
        try:
            stdout, _ = process.communicate(timeout=2 * PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            pytest.fail(f"the run does not end:\n{self.told(process)[-4000:]}")
        stderr = self.told(process)
        for trace in ("redun_cli", "site-packages", "Exception ignored", "Traceback"):
            assert trace not in stderr, stderr
        return Run(process.returncode, stdout, stderr)

    def redun(self, *words: str, code: int = 0) -> Run:
        """Run the command to its end."""
        run = self.finish(self.start(*words))
        assert run.code == code, f"exit code {run.code}\n{run.stdout[:2000]}\n{run.stderr[-4000:]}"
        return run

    def allow(self, links: int) -> None:
        """Let so many links of the chain be done, all in all."""
        path = self.folder / "leave.new"
        path.write_text(str(links))
        path.replace(self.folder / "leave")

    def bodies(self, word: str = "start") -> list[str]:
        """Return the keys of the bodies that were begun (or ended), in order."""
        path = self.folder / "bodies.log"
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split(" ", 1)[1] for line in lines if line.startswith(word + " ")]

    def await_bodies(self, process: warm.Popen, *keys: str, word: str = "start") -> None:
        """Return when these bodies have begun."""
        self.await_that(process, lambda: set(keys) <= set(self.bodies(word)), f"bodies {keys}")

    def await_that(self, process: warm.Popen, condition: Callable[[], bool], what: str) -> None:
        """Return when something has come about; the run must go on until then."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert process.poll() is None, f"{what}: the run ended\n{self.told(process)[-4000:]}"
            assert time.monotonic() < deadline, f"waited in vain for {what}\n{self.told(process)[-4000:]}"
            time.sleep(0.02)

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the database, past all troubles."""
        with psycopg.connect(self.database) as connection:
            return connection.execute(sql, parameters).fetchall()

    def recorded_keys(self) -> set[str]:
        """Return the argument `key` of every call whose result is recorded."""
        rows = self.rows(
            "SELECT v.preview FROM evaluation e JOIN argument a USING (eval_hash)"
            " JOIN value v ON v.hash = a.value_hash WHERE a.name = 'key'"
        )
        return {preview.strip("'") for (preview,) in rows}

    def backends(self) -> int:
        """Return how many connections to the database there are, the one that asks left out."""
        return self.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )[0][0]

    def terminate(self) -> int:
        """End the connections of all clients but the one that asks; return how many these were."""
        return self.rows(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )[0][0]

    def processes(self) -> dict[int, str]:
        """Return the processes that work in the project's folder."""
        found = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                here = Path(os.readlink(path / "cwd")) == self.folder
                if here and (path / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                    found[int(path.name)] = (path / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
        return found

    def disturb(self, trouble: Callable[[], object], times: int) -> Run:
        """Run the workflow, make trouble so many times while it goes on, and check that it did no harm."""
        length = times * STRIDE
        process = self.start("run", "wf.py", "main", "--n", str(length))
        for number in range(times):
            # It goes on meanwhile, up to here.
            self.allow((number + 1) * STRIDE)
            self.await_bodies(process, f"link-{number * STRIDE + chance.randrange(STRIDE)}")
            time.sleep(chance.uniform(0, 0.15))
            trouble()
        self.allow(length)
        run = self.finish(process)
        self.assert_undisturbed(run, length)
        return run

    # Invariants

    def assert_nothing_left(self) -> None:
        """I5, of processes and of connections."""
        deadline = time.monotonic() + PATIENCE_S
        while ((alive := self.processes()) or self.backends()) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (alive, self.backends()) == ({}, 0)

    def assert_undisturbed(self, run: Run, length: int) -> None:
        """After a run whose process was left alone: the result is right, and everything happened and stands once."""
        assert run.code == 0, run.stderr[-4000:]  # I6
        assert run.result == str([length, SIZES])  # I3
        bodies = self.bodies()
        assert sorted(set(bodies)) == sorted(bodies)  # I7
        self.assert_finished(length)

    def assert_finished(self, length: int) -> None:
        """What holds after the run that succeeds, and after one more."""
        calls = self.calls(length)
        assert set(self.bodies()) == calls
        self.assert_nothing_left()
        assert_sound(self.rows)  # I4
        assert self.rows("SELECT count(*) FROM job WHERE status = 0") == [(0,)]  # I2
        assert self.rows("SELECT count(*) FROM execution WHERE status = 0") == [(0,)]
        ((key, status),) = self.rows("SELECT key, status FROM execution ORDER BY key DESC LIMIT 1")
        assert status == 1
        assert self.recorded_keys() == calls
        # Each job once, and once what it printed.
        numbers = self.rows("SELECT number FROM job WHERE execution = %s", key)
        assert len(numbers) == len(calls) + 1
        begun = len(self.bodies())
        again = self.redun("run", "wf.py", "main", "--n", str(length))
        assert again.result == str([length, SIZES])
        assert again.jobs("Run") == []
        assert len(self.bodies()) == begun  # I1

    @staticmethod
    def calls(length: int) -> set[str]:
        """Return the keys of all calls below `main`."""
        found = {f"step-{number}" for number in range(length + 1)}
        found |= {f"{word}-{i}" for word in ("large", "size") for i in range(4)}
        for number in range(length):
            found |= {f"{word}-{number}" for word in ("link", "gather", "first")}
            found |= {f"part-{number}-{i}" for i in range(3)}
        return found
