"""Calls that are given secrets: what is recorded of them, and when they run again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from redun import Secret, cond, seq, task
from redun.functools import map_, starmap
from redun.recorder.batch import Reason

SECRET = "correct-horse-battery"
OTHER = "staple-of-the-lab"
ran: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


@dataclass
class Login:
    user: str
    password: Secret[str]


@task(namespace="secret_calls", version="1")
def fetch(url: str, password: Secret[str], *more: Secret[str], **others: str) -> int:
    ran.append(f"fetch {url}")
    return len(password) + sum(map(len, more))


@task(namespace="secret_calls", version="1")
def plain(value: Any, again: Any = None) -> Any:
    ran.append("plain")
    return value


@task(namespace="secret_calls", version="1")
def login(account: Login) -> str:
    ran.append("login")
    return account.user


@task(namespace="secret_calls", version="1")
def read_password() -> str:
    ran.append("read_password")
    return "-".join(("correct", "horse", "battery"))


@task(namespace="secret_calls", version="1")
def make_token() -> Secret[str]:
    ran.append("make_token")
    return "-".join(("correct", "horse", "battery"))


@task(namespace="secret_calls", version="1")
def main(password: Secret[str]) -> Any:
    ran.append("main")
    return [fetch("a", password), fetch("b", password)]


def test_a_call_with_a_secret_is_cached(project: Any) -> None:
    for times in (1, 2):
        assert project.run(fetch("a", SECRET)) == 21
        assert ran == ["fetch a"], times
    assert project.run(fetch("a", OTHER)) == 17
    assert ran == ["fetch a", "fetch a"]
    assert not project.holding(SECRET)
    assert "<secret>" in project.previews()


def test_without_the_key_there_is_no_hit(project: Any, make_project: Callable[[str], Any]) -> None:
    project.run(fetch("a", SECRET))
    copy = make_project("copy")
    shutil.copy(project.folder / "redun.db", copy.folder)
    copy.run(fetch("a", SECRET))
    assert ran == ["fetch a"] * 2
    shutil.copy(project.folder / "secret.key", copy.folder)
    copy.run(fetch("a", SECRET))
    assert ran == ["fetch a"] * 2


def test_a_result_that_holds_a_secret_runs_again(project: Any) -> None:
    for _ in range(2):
        assert project.run(main(SECRET)) == [21, 21]
    # What main returns holds calls with the secret; they are hits.
    assert (ran[0], {*ran[1:3]}, *ran[3:]) == ("main", {"fetch a", "fetch b"}, "main")
    assert not project.holding(SECRET)
    with project.reader() as reader:
        (last, _first) = reader.executions(5)
        reasons = {job.number: job.reason for job in reader.jobs(last.key, 10)}
    assert reasons == {1: Reason.SECRET, 2: Reason.REPLAYED, 3: Reason.REPLAYED}


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda: fetch("a", read_password()), 21),
        (lambda: plain([fetch("a", read_password()), plain(read_password())]), [21, SECRET]),
        (lambda: fetch("a", plain({"deep": [read_password()]})["deep"][0]), 21),
        (lambda: fetch("a", cond(True, read_password(), "none")), 21),
        (lambda: fetch("a", "x", read_password()), 22),
        (lambda: plain(make_token()), SECRET),
        (lambda: seq([fetch("a", read_password()), plain(1)]), [21, 1]),
    ],
    ids=["result", "shared", "item", "cond", "star", "returned", "seq"],
)
def test_what_goes_into_a_secret_parameter_is_a_secret(
    project: Any, make: Callable[[], Any], value: Any
) -> None:
    assert project.run(make()) == value
    assert not project.holding(SECRET)


@pytest.mark.parametrize(
    "make",
    [
        lambda: map_(fetch.partial("a"), [SECRET, OTHER]),
        lambda: map_(fetch.partial(password=SECRET), ["a", "b"]),
        lambda: starmap(fetch, [{"url": "a", "password": SECRET}]),
        lambda: plain([fetch.partial("a", SECRET)]),
        lambda: [fetch("a", SECRET), plain(f"postgres://ada:{SECRET}@db")],
        lambda: plain({"nested": [(SECRET, {SECRET: 1})]}, again=fetch("a", SECRET)),
        lambda: login(Login("ada", SECRET)),
        lambda: plain([Login("ada", SECRET)]),
    ],
    ids=["map", "partial", "starmap", "kept", "inside", "nested", "field", "record"],
)
def test_nothing_is_stored_on_any_way(project: Any, make: Callable[[], Any]) -> None:
    @task(namespace="secret_calls", version="1")
    def around() -> Any:
        return make()

    for _ in range(2):
        project.run(around())
        project.run(make())
    assert not project.holding(SECRET)
    assert not project.holding(OTHER)


def test_parameters_and_variables_named_in_the_configuration(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_TOKEN_1", OTHER)
    project.sections["secrets"] = {"parameters": "pass*, secret_calls.plain.again", "environment": "LAB_*"}
    project.run(plain(f"token {OTHER}", again=SECRET))
    assert not project.holding(SECRET)
    assert not project.holding(OTHER)
    assert sorted(project.previews()) == ["'token ***'", "'token ***'", "<secret>"] or sorted(
        project.previews()
    ) == ["'token ***'", "<secret>"]


def test_secrets_in_the_context(project: Any) -> None:
    from redun import get_context

    @task(namespace="secret_calls", version="1")
    def connect(password: str = get_context("db.password")) -> int:
        return len(password)

    project.sections["secrets"] = {"parameters": "password"}
    for _ in range(2):
        assert project.run(connect(), context={"db": {"password": SECRET}}) == 21
    assert not project.holding(SECRET)


@pytest.mark.parametrize("named", [False, True])
def test_secrets_in_the_context_of_one_call(project: Any, named: bool) -> None:
    from redun import get_context
    from redun.task.context import Context

    @task(namespace="secret_calls", version="1")
    def length(text: str) -> int:
        return len(text)

    @task(namespace="secret_calls", version="1")
    def size() -> int:
        return length(get_context("db.password"))

    @task(namespace="secret_calls", version="1")
    def outer(secret: Secret[str]) -> int:
        return size.update_context({"db": {"password": secret}})()

    @task(namespace="secret_calls", version="1")
    def named_outer() -> int:
        return size.update_context({"db": {"password": SECRET}})()

    if named:
        project.sections["secrets"] = {"parameters": "db.password"}
    assert project.run(named_outer() if named else outer(SECRET)) == 21
    guessed = Context.of({"db": {"password": SECRET}})
    assert guessed is not None
    # Whoever guesses the secret must not be able to see that the guess is right.
    assert not project.holding(guessed.guard)
    assert not project.holding(guessed.hash)


def test_the_command_of_a_program_is_redacted(project: Any) -> None:
    project.run(fetch("a", "abc"), exec_argv=["prog", f"--password={SECRET}", "abc"])
    project.run(fetch("a", "abc"))
    project.run(fetch("a", SECRET), exec_argv=["prog", f"--password={SECRET}", "--url", "a"])
    with project.reader() as reader:
        argvs = [list(execution.argv) for execution in reader.executions(5)]
    assert argvs[0] == ["prog", "--password=***", "--url", "a"]
    assert argvs[1] == ["secret_calls.fetch('a', <secret>)"]


def test_a_recorded_call_names_what_is_missing(project: Any) -> None:
    from redun.errors import ArgumentError
    from redun.session import recall

    project.run(fetch("a", SECRET))
    call = recall(project.config(), "-.1")
    assert call.arguments(fetch.signature, without=["password"]) == {"url": "a"}
    with pytest.raises(
        ArgumentError, match=r"'password' of job \w+\.1 is a secret, .* not kept. Give it again"
    ):
        call.arguments(fetch.signature)


def test_a_subrun_records_no_configuration(project: Any) -> None:
    from redun.subruns import subrun

    project.sections["lab"] = {"password": SECRET}
    assert project.run(subrun(plain(3), executor="default")) == 3
    assert not project.holding(SECRET)
    assert "<settings>" in project.previews()


def test_numbers_bytes_and_lines(project: Any) -> None:
    @task(namespace="secret_calls", version="1")
    def check(pin: Secret[int], key: Secret[bytes], pem: Secret[str]) -> Any:
        return [pin, [pin], key, bytes(2) + key, pem.splitlines()[1], json.dumps({"pin": pin})]

    pem = "-----BEGIN-----\nMIIEpAIBAAKCAQEA\n-----END-----\n"
    value = project.run(check(735_228_913, b"\xff\xfe\x00raw-key", pem))
    assert value[1] == [735_228_913]
    for needle in (
        "735228913",
        b"\xff\xfe\x00raw-key",
        "MIIEpAIBAAKCAQEA",
        (735_228_913).to_bytes(4, "little"),
    ):
        assert not project.holding(needle)
