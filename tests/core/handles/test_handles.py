from __future__ import annotations

import copy
import pickle
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redun import Handle, Scheduler, get_context, merge_handles, task
from redun.errors import ArgumentError, NoCurrentScheduler, UnhashableValueError
from redun.handle import get_fullname, get_handle_class

redun_namespace = "etl"

Reopen = Callable[[], Scheduler]


class Service(Handle):
    """Counts its connections."""

    connections = 0

    def __init__(self, name: str, place: str = "here", **more: Any) -> None:
        type(self).connections += 1
        self.place = place
        self.instance = {"name": name, **more}


class Database(Handle):
    """Connections of sqlite3 refuse to be used by another thread."""

    def __init__(self, name: str, path: str) -> None:
        self.instance = sqlite3.connect(path)


class Checked(Handle):
    """Has a condition of its own."""

    alive = True

    def __init__(self, name: str) -> None:
        pass

    def is_valid(self) -> bool:
        return super().is_valid() and type(self).alive


class Log:
    """What ran, in order."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def take(self) -> list[str]:
        ran, self.ran = self.ran, []
        return sorted(ran)


@pytest.fixture
def log() -> Log:
    return Log()


def step(log: Log, name: str, version: str = "1") -> Any:
    """Make a task that does something to a service."""

    def work(service: Service, *needed: Any) -> Service:
        log.ran.append(f"{name}{version}")
        return service

    return task(name=name, version=version)(work)


def flow(make: Callable[[Service], Any]) -> Any:
    """Call tasks with a handle, from a task that always runs."""

    @task(cache=False)
    def main() -> Any:
        return make(Service("db"))

    return main()


# The object.


def test_name_namespace_and_arguments() -> None:
    service = Service("db", place="there")
    info = service.__handle__
    assert isinstance(info, Handle.HandleInfo)
    assert (info.name, info.namespace, info.fullname) == ("db", "etl", "etl.db")
    assert (info.args, info.kwargs, info.key, info.call_hash) == ((), {"place": "there"}, "", "")
    assert info.class_name == f"{__name__}.Service"
    assert get_fullname(info.namespace, info.name) == info.fullname
    assert Service("db", namespace="other").__handle__.fullname == "other.db"
    assert get_handle_class(info.class_name) is Service
    assert repr(service) == f"Service(fullname=etl.db, hash={info.hash[:8]})"


def test_the_state_follows_from_name_and_arguments_however_they_are_given() -> None:
    one = Service("db", "there").get_hash()
    assert one == Service("db", place="there").get_hash() == Service(name="db", place="there").get_hash()
    others = [Service("db2", "there"), Service("db", "else"), Service("db", "there", namespace="x")]
    assert len({one, *(other.get_hash() for other in others)}) == 4


def test_attributes_are_those_of_the_instance() -> None:
    service = Service("db", user="me")
    assert service.place == "here"
    assert list(service.keys()) == ["name", "user"]
    with pytest.raises(AttributeError, match="'dict' object has no attribute 'nothing'"):
        _ = service.nothing
    with pytest.raises(
        AttributeError, match=r"Handle\(fullname=.*plain.* has no attribute 'run', and its __init__ sets no"
    ):
        _ = Handle("plain").run


@pytest.mark.parametrize(
    "again",
    [
        copy.copy,
        copy.deepcopy,
        lambda service: pickle.loads(pickle.dumps(service)),
        lambda service: service.fork("a"),
    ],
)
def test_init_runs_again_where_the_copy_is_first_used(again: Callable[[Service], Service]) -> None:
    service = Service("db", user="me")
    before = Service.connections
    other = again(service)
    repr(other), hash(other), other.get_hash(), other.__handle__, other.fork("x")
    assert Service.connections == before
    assert other.place == "here"
    assert other.instance == {"name": "db", "user": "me"}
    assert Service.connections == before + 1
    assert other.instance is not service.instance


def test_a_copy_wakes_once_for_many_threads() -> None:
    copied = Service("db").fork("a")
    before = Service.connections
    seen: list[Any] = []
    threads = [threading.Thread(target=lambda: seen.append(copied.instance)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(one) for one in seen}) == 1
    assert Service.connections == before + 1


def test_what_is_set_on_a_copy_stays() -> None:
    copied = Service("db").fork("a")
    copied.place = "elsewhere"
    assert copied.place == "elsewhere"
    assert copied.instance == {"name": "db"}


def test_a_connection_that_fails_is_tried_again() -> None:
    class Shy(Handle):
        open = False

        def __init__(self, name: str) -> None:
            if not Shy.open:
                raise ConnectionError("closed")
            self.instance = name

    with pytest.raises(ConnectionError):
        Shy("x")
    Shy.open = True
    shy = Shy("x").fork("a")
    Shy.open = False
    with pytest.raises(ConnectionError):
        _ = shy.instance
    Shy.open = True
    assert shy.instance == "x"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Service(3), r"Service\(\) wants a name, a text, as its first argument, not 3"),
        (lambda: Service(""), r"Service\(\) wants a name, a text, as its first argument, not ''"),
        (lambda: Handle(), "missing a required argument: 'name'"),
        (lambda: Service("x", 1, 2), "too many positional arguments"),
    ],
)
def test_refusals(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make()


def test_arguments_must_have_a_hash() -> None:
    with pytest.raises(UnhashableValueError, match=r"value\['lock'\]|lock"):
        Service("db", lock=threading.Lock())


def test_an_unknown_class() -> None:
    with pytest.raises(ArgumentError, match="no class of handles called 'Nothing'"):
        get_handle_class("Nothing")


# The workflow.


def test_unchanged_steps_are_cached(reopen: Reopen, log: Log) -> None:
    first, second = step(log, "first"), step(log, "second")
    result = reopen().run(flow(lambda db: second(first(db))))
    assert log.take() == ["first1", "second1"]
    again = reopen().run(flow(lambda db: second(first(db))))
    assert log.take() == []
    assert again.get_hash() == result.get_hash()
    assert again.__handle__.call_hash
    assert again.is_valid()


def test_a_changed_step_runs_with_what_follows_and_so_does_the_reverted_one(reopen: Reopen, log: Log) -> None:
    def run(version: str) -> list[str]:
        first, second = step(log, "first"), step(log, "second", version)
        third = step(log, "third")
        reopen().run(flow(lambda db: third(second(first(db)))))
        return log.take()

    assert run("1") == ["first1", "second1", "third1"]
    assert run("2") == ["second2", "third1"]
    assert run("2") == []
    # The service now holds what version 2 did.
    assert run("1") == ["second1", "third1"]
    assert run("1") == []


def test_the_same_in_one_scheduler(scheduler: Scheduler, log: Log) -> None:
    for version, ran in [("1", ["a1", "b1"]), ("2", ["a2", "b1"]), ("1", ["a1", "b1"]), ("1", [])]:
        a, b = step(log, "a", version), step(log, "b")
        scheduler.run(flow(lambda db, a=a, b=b: b(a(db))))
        assert log.take() == ran


def test_a_failed_step_undoes_what_followed(reopen: Reopen, log: Log) -> None:
    first, second = step(log, "first"), step(log, "second")
    reopen().run(flow(lambda db: second(first(db))))
    log.take()

    @task(name="second", version="broken")
    def broken(service: Service) -> Service:
        raise ValueError("half done")

    with pytest.raises(ValueError, match="half done"):
        reopen().run(flow(lambda db: broken(first(db))))
    second = step(log, "second")
    reopen().run(flow(lambda db: second(first(db))))
    assert log.take() == ["second1"]


def test_siblings_do_not_undo_each_other(reopen: Reopen, log: Log) -> None:
    def run(version: str) -> list[str]:
        a, b = step(log, "a", version), step(log, "b")
        reopen().run(flow(lambda db: [a(db), b(db)]))
        return log.take()

    assert run("1") == ["a1", "b1"]
    assert run("2") == ["a2"]
    assert run("1") == ["a1"]
    assert run("1") == []


def test_branches_by_name_may_change_places(reopen: Reopen, log: Log) -> None:
    a, b = step(log, "a"), step(log, "b")
    reopen().run(flow(lambda db: [a(db.fork("one")), b(db.fork("two"))]))
    assert log.take() == ["a1", "b1"]
    reopen().run(flow(lambda db: [b(db.fork("two")), a(db.fork("one"))]))
    assert log.take() == []


def test_joined_branches(reopen: Reopen, log: Log) -> None:
    def run(version: str) -> list[str]:
        a, b, last = step(log, "a", version), step(log, "b"), step(log, "last")
        joined = flow(lambda db: last(merge_handles([a(db.fork("one")), b(db.fork("two"))])))
        reopen().run(joined)
        return log.take()

    assert run("1") == ["a1", "b1", "last1"]
    assert run("1") == []
    assert run("2") == ["a2", "last1"]
    assert run("1") == ["a1", "last1"]
    assert run("1") == []


def test_a_lazy_handle_can_be_forked(reopen: Reopen, log: Log) -> None:
    first, a = step(log, "first"), step(log, "a")

    def make(db: Service, keys: str) -> Any:
        done = first(db)
        return [a(done.fork(key)) for key in keys]

    reopen().run(flow(lambda db: make(db, "xy")))
    assert log.take() == ["a1", "a1", "first1"]
    reopen().run(flow(lambda db: make(db, "yx")))
    assert log.take() == []


def test_branches_follow_the_order_of_calls_not_of_readiness(reopen: Reopen, log: Log) -> None:
    gate = threading.Event()

    @task(cache=False)
    def slow(wait: bool) -> int:
        assert not wait or gate.wait(20)
        return 1

    @task(cache=False)
    def opens(service: Service, wait: bool) -> int:
        gate.set()
        return 1

    def run(wait: bool) -> list[str]:
        gate.clear()
        first, a, b = step(log, "first"), step(log, "a"), step(log, "b")

        def make(db: Service) -> Any:
            service = first(db)
            # In one of the runs `b` is ready long before `a`.
            ready = b(service)
            return [a(service, slow(wait)), ready, opens(ready, wait)]

        reopen().run(flow(make))
        return log.take()

    assert run(wait=True) == ["a1", "b1", "first1"]
    assert run(wait=False) == []
    assert run(wait=True) == []


def test_what_is_no_handle_stays_cached(reopen: Reopen, log: Log) -> None:
    @task(version="1")
    def count(service: Service) -> int:
        log.ran.append("count")
        return 1

    def run(version: str) -> list[str]:
        a = step(log, "a", version)
        reopen().run(flow(lambda db: count(a(db))))
        return log.take()

    assert run("1") == ["a1", "count"]
    assert run("2") == ["a2", "count"]
    # The service is again in the state in which it was counted.
    assert run("1") == ["a1"]


def test_handles_inside_containers(reopen: Reopen, log: Log) -> None:
    @task(version="1")
    def both(services: dict[str, list[Service]]) -> dict[str, list[Service]]:
        log.ran.append("both")
        return services

    last = step(log, "last")

    def make(db: Service) -> Any:
        done = both({"all": [db.fork("a"), db.fork("b")]})
        return last(done["all"][0]), last(done["all"][1])

    states = {one.get_hash() for one in reopen().run(flow(make))}
    assert len(states) == 2
    assert log.take() == ["both", "last1", "last1"]
    assert {one.get_hash() for one in reopen().run(flow(make))} == states
    assert log.take() == []


def test_a_handle_made_by_a_task_is_in_the_state_after_it(reopen: Reopen, log: Log) -> None:
    def run(version: str) -> list[str]:
        @task(name="create", version=version)
        def create() -> Service:
            log.ran.append(f"create{version}")
            return Service("db")

        a = step(log, "a")
        reopen().run(a(create()))
        return log.take()

    assert run("1") == ["a1", "create1"]
    assert run("1") == []
    assert run("2") == ["a1", "create2"]


def test_a_handle_of_the_module_stays_as_it_is(scheduler: Scheduler) -> None:
    service = Service("db")
    before = service.get_hash()

    @task(cache=False)
    def give() -> Service:
        return service

    assert scheduler.run(give()).get_hash() != before
    assert service.get_hash() == before


def test_every_thread_connects_for_itself(scheduler: Scheduler, tmp_path: Path) -> None:
    @task(cache=False)
    def insert(database: Database, row: int) -> Database:
        connection = database.instance
        connection.execute("CREATE TABLE IF NOT EXISTS t (x)")
        connection.execute("INSERT INTO t VALUES (?)", (row,))
        connection.commit()
        connection.close()
        return database

    @task(cache=False)
    def total(database: Database) -> int:
        ((found,),) = database.execute("SELECT sum(x) FROM t").fetchall()
        return int(found)

    @task(cache=False)
    def main() -> Any:
        database = Database("db", str(tmp_path / "data.db"))
        return total(insert(insert(database, 1), 2))

    assert scheduler.run(main()) == 3


def test_a_class_may_know_more_about_validity(reopen: Reopen, log: Log) -> None:
    @task(version="1")
    def touch(service: Checked) -> Checked:
        log.ran.append("touch")
        return service

    @task(cache=False)
    def main() -> Any:
        return touch(Checked("c"))

    for alive, ran in [(True, ["touch"]), (True, []), (False, ["touch"]), (True, [])]:
        Checked.alive = alive
        reopen().run(main())
        assert log.take() == ran


def test_validity_is_asked_of_a_scheduler() -> None:
    with pytest.raises(
        NoCurrentScheduler, match=r"Service\(fullname=etl.db.* ask is_valid\(\) of handles that"
    ):
        Service("db").is_valid()


def test_a_body_may_ask(scheduler: Scheduler) -> None:
    @task(cache=False)
    def ask(service: Service) -> bool:
        return service.is_valid()

    assert scheduler.run(flow(ask)) is True


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (list, r"merge_handles\(\) wants a list of handles, not \[\]"),
        (lambda: 3, r"merge_handles\(\) wants a list of handles, not 3"),
        (lambda: [Service("a"), "b"], r"merge_handles\(\) wants handles, and 'b' is none"),
        (lambda: [Service("a"), Service("b")], "not different ones: etl.a, etl.b"),
    ],
)
def test_what_cannot_be_merged(scheduler: Scheduler, given: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        scheduler.run(merge_handles(given()))


def test_a_long_chain_keeps_short_states(reopen: Reopen, log: Log) -> None:
    a = step(log, "a")

    def make(db: Service) -> Any:
        for number in range(200):
            db = a(db, number)
        return db

    result = reopen().run(flow(make))
    assert len(log.take()) == 200
    assert len(result.__handle__.steps) <= 4
    reopen().run(flow(make))
    assert log.take() == []


def test_the_record_shows_states_and_edges(reopen: Reopen, log: Log, tmp_path: Path) -> None:
    def rows(sql: str) -> list[Any]:
        connection = sqlite3.connect(tmp_path / "redun.db")
        try:
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    for version in "12":
        a, b = step(log, "a", version), step(log, "b")
        result = reopen().run(flow(lambda db, a=a, b=b: b(a(db))))
    assert rows("SELECT DISTINCT fullname FROM handle") == [("etl.db",)]
    # The first state, the branch of `a`; of each version of `a` its result, the branch of `b`, and its result.
    assert rows("SELECT count(*), sum(valid) FROM handle") == [(8, 5)]
    assert rows("SELECT count(*) FROM handle_edge") == [(7,)]
    final = bytes.fromhex(result.get_hash()).hex().upper()
    assert rows(f"SELECT valid FROM handle WHERE hash = x'{final}'") == [(1,)]


def test_a_dry_run_undoes_nothing(reopen: Reopen, log: Log) -> None:
    from redun.errors import DryRunResult

    first = step(log, "first")

    @task(version="1")
    def main() -> Any:
        return first(Service("db"))

    reopen().run(main())
    log.take()
    first = step(log, "first", "2")
    with pytest.raises(DryRunResult):
        reopen().run(main(), dryrun=True)
    first = step(log, "first")
    reopen().run(main())
    assert log.take() == []


def test_waiting_for_a_limit_and_another_attempt_change_no_branch(reopen: Reopen, log: Log) -> None:
    failures = [ConnectionError("busy"), ConnectionError("busy")]

    def run(version: str) -> list[str]:
        @task(name="scarce", version="1", limits={"connection": 1}, retries=3)
        def scarce(service: Service, number: int) -> Service:
            if number == 2 and failures:
                raise failures.pop()
            log.ran.append(f"scarce {number}")
            return service

        other = step(log, "other", version)
        reopen().run(flow(lambda db: [*[scarce(db, number) for number in range(6)], other(db)]))
        return log.take()

    everything = [f"scarce {number}" for number in range(6)]
    assert run("1") == ["other1", *everything]
    assert failures == []
    assert run("1") == []
    assert run("2") == ["other2"]


def test_defaults_from_the_context_beside_a_handle() -> None:
    @task(version="1")
    def one() -> int:
        return 1

    @task(version="1")
    def told(service: Service, folder: str = get_context("folder", "here"), parts: Any = (one(), 2)) -> Any:  # noqa: B008
        return [service.place, folder, parts]

    with Scheduler() as scheduler:
        service = Service("log")
        calls = [told(service), told.update_context(folder="there")(service)]
        assert scheduler.run(calls) == [["here", "here", (1, 2)], ["here", "there", (1, 2)]]
