"""Executions inside of executions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import Scheduler, get_context, task
from redun.config import Config
from redun.errors import ArgumentError
from redun.scheduler import subrun

from ..conftest import Witness

redun_namespace = "subrun_tests"

RAN: list[Any] = []


@task
def inc(x: int) -> int:
    RAN.append(x)
    return x + 1


@task
def fail(x: int) -> int:
    raise ValueError(f"no {x}")


@pytest.fixture(autouse=True)
def _ran() -> None:
    RAN.clear()


def test_an_expression_is_evaluated_inside_of_one_job(scheduler: Scheduler, witness: Witness) -> None:
    assert scheduler.run(subrun(inc(inc(1)), executor="default")) == 3
    assert witness.ran("redun.subrun_root_task") == 1
    assert witness.ran("subrun_tests.inc") == 0
    assert RAN == [1, 2]


def test_any_nested_value_and_lazy_results(scheduler: Scheduler) -> None:
    @task(namespace="subrun_tests")
    def main() -> Any:
        return inc(subrun({"a": [inc(1)]}, executor="default")["a"][0])

    assert scheduler.run(main()) == 3


def test_errors_come_out(scheduler: Scheduler) -> None:
    with pytest.raises(ValueError, match="no 4"):
        scheduler.run(subrun(fail(4), executor="default"))


def test_it_is_cached_as_a_whole(reopen: Callable[[], Scheduler], witness: Witness) -> None:
    assert reopen().run(subrun(inc(1), executor="default")) == 2
    assert reopen().run(subrun(inc(1), executor="default")) == 2
    assert witness.cached("redun.subrun_root_task") == 1
    assert RAN == [1]
    assert reopen().run(subrun(inc(1), executor="default"), cache=False) == 2
    assert RAN == [1, 1]


def _define(step: int) -> Any:
    @task(name="inner", namespace="subrun_tests", version=str(step))
    def inner() -> int:
        return step

    @task(name="outer", namespace="subrun_tests", version="1", check_valid="shallow")
    def outer() -> Any:
        return subrun(inner(), executor="default")

    return inner, outer


@pytest.mark.parametrize("whole", [False, True])
def test_a_change_of_a_task_inside_is_seen(reopen: Callable[[], Scheduler], whole: bool) -> None:
    def expression(step: int) -> Any:
        inner, outer = _define(step)
        return outer() if whole else subrun(inner(), executor="default")

    assert reopen().run(expression(1)) == 1
    assert reopen().run(expression(1)) == 1
    assert reopen().run(expression(2)) == 2


def test_both_executions_are_recorded_and_know_each_other(
    reopen: Callable[[], Scheduler], tmp_path: Path
) -> None:
    outer = "ab" * 16
    reopen().run(subrun(inc(1), executor="default"), execution_id=outer)
    reopen().close()
    connection = sqlite3.connect(tmp_path / "redun.db")
    ids = {row[0].hex() for row in connection.execute("SELECT id FROM execution")}
    tags = {
        (entity, key): json.loads(value)
        for entity, key, value in connection.execute("SELECT entity, key, value FROM tag")
    }
    connection.close()
    assert len(ids) == 2
    assert outer in ids
    assert tags["job", "redun.subrun"] in ids - {outer}
    assert tags["execution", "redun.parent_job"].startswith(f"{outer}.")


def test_context_and_exported_options_are_passed_on(scheduler: Scheduler) -> None:
    @task(namespace="subrun_tests")
    def read(name: str = get_context("name", "nobody")) -> str:  # type: ignore[assignment]
        return name

    @task(namespace="subrun_tests")
    def main() -> Any:
        return subrun(read(), executor="default")

    assert scheduler.run(main(), context={"name": "Ada"}) == "Ada"
    assert scheduler.run(main(), context={"name": "Eve"}) == "Eve"
    assert scheduler.run(main.update_context(name="Kim")()) == "Kim"
    assert scheduler.run(main.export_options(memory=7)()) == "nobody"


def test_exported_options_apply_inside(scheduler: Scheduler) -> None:
    from redun.scheduler import JobInfo

    @task(namespace="subrun_tests")
    def tell(job: JobInfo = JobInfo()) -> Any:
        return job.options.get("memory")

    @task(namespace="subrun_tests")
    def main() -> Any:
        return subrun(tell(), executor="default")

    assert scheduler.run(main.export_options(memory=7)()) == 7


def test_a_configuration_of_its_own(scheduler: Scheduler, tmp_path: Path) -> None:
    inner = {"backend": {"db_uri": f"sqlite:///{tmp_path}/inner.db"}}
    assert scheduler.run(subrun(inc(1), executor="default", config=inner)) == 2
    assert (tmp_path / "inner.db").exists()
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "redun.ini").write_text("[backend]\ndb_uri = sqlite:///other.db\n")
    assert scheduler.run(subrun(inc(2), executor="default", config_dir=str(tmp_path / "conf"))) == 3
    assert (tmp_path / "conf" / "other.db").exists()


def test_a_dry_run_runs_nothing(scheduler: Scheduler) -> None:
    from redun.errors import DryRunResult

    with pytest.raises(DryRunResult) as caught:
        scheduler.run(subrun(inc(1), executor="default"), dryrun=True)
    assert [job.task_name for job in caught.value.would_run] == ["redun.subrun_root_task"]
    assert RAN == []


def test_options_of_the_job_and_modules(scheduler: Scheduler) -> None:
    assert scheduler.run(subrun(inc(1), "default", load_modules=["json"], memory=2, new_execution=True)) == 2
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        scheduler.run(subrun(inc(2), "default", load_modules=["no_such_module"]))
    with pytest.raises(ArgumentError, match=r"wants a list of names, not 'json'"):
        scheduler.run(subrun(inc(2), "default", load_modules="json"))
    with pytest.raises(ArgumentError, match="config or config_dir, not both"):
        scheduler.run(subrun(inc(2), "default", config={}, config_dir="x"))


def test_the_expression_survives_the_way_to_another_process() -> None:
    import pickle

    from redun.hashing.values import hash_value
    from redun.scheduler import quote
    from redun.subruns.parcel import Parcel

    parcel = Parcel(quote([inc(1), inc(inc(2))]))
    arrived = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(parcel))))
    assert hash_value(arrived) == hash_value(parcel)
    assert repr(arrived.open()) == repr(parcel.open())


# A scheduler in the body of a task.


@pytest.mark.parametrize("shared", [False, True])
def test_a_scheduler_runs_in_the_body_of_a_task(tmp_path: Path, shared: bool) -> None:
    settings = {"backend": {"db_uri": f"sqlite:///{tmp_path}/redun.db"}} if shared else None

    def fresh() -> Scheduler:
        return Scheduler(Config(settings) if settings else None)

    @task(namespace="subrun_tests")
    def nested(n: int) -> Any:
        with fresh() as inner:
            return inner.run(inc(nested(n - 1))) if n else 0

    with fresh() as scheduler:
        assert scheduler.run([nested(i) for i in range(5)]) == [0, 1, 2, 3, 4]
    with fresh() as scheduler:
        assert scheduler.run([nested(i) for i in range(5)]) == [0, 1, 2, 3, 4]
