"""With a key, results are signed, replayed where their signature is accepted, and computed anew where it is not."""

from __future__ import annotations

from typing import Any

import pytest
from redun import Scheduler, task
from redun.config import Config
from redun.errors import ConfigError, UntrustedValueError
from redun.recorder.batch import Reason
from redun.recorder.sqlite import SqliteRecorder
from redun.signing.signer import Signer

from .conftest import KEY, OTHER_KEY, Project

RAN: list[str] = []


@task(namespace="signed", version="1")
def small(x: int) -> dict[str, int]:
    RAN.append("small")
    return {"x": x}


@task(namespace="signed", version="1")
def large(x: int) -> list[bytes]:
    RAN.append("large")
    return [bytes([x]) * 3_000_000, b"end"]


@task(namespace="signed", version="1")
def both(x: int) -> list[Any]:
    RAN.append("both")
    return [small(x), large(x)]


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


def test_signed_results_are_replayed(project: Project) -> None:
    project.sign(KEY)
    expected = [{"x": 1}, [b"\1" * 3_000_000, b"end"]]
    assert project.run(both(1)) == expected
    assert len(RAN) == 3
    assert project.run(both(1)) == expected
    assert len(RAN) == 3
    assert project.look("SELECT count(*) FROM value WHERE signature IS NULL") == [(0,)]


def test_what_was_recorded_without_a_key_runs_once_more(project: Project) -> None:
    project.run(both(1))
    project.sign(KEY)
    RAN.clear()
    project.run(both(1))
    assert sorted(RAN) == ["both", "large", "small"]
    assert set(project.reasons()) == {Reason.UNTRUSTED}
    RAN.clear()
    project.run(both(1))
    assert RAN == []


def test_without_a_key_a_signed_record_is_read_as_ever(project: Project) -> None:
    project.sign(KEY)
    project.run(both(1))
    project.sign()
    RAN.clear()
    project.run(both(1))
    assert RAN == []


def test_an_older_key_is_accepted_until_it_is_taken_away(project: Project) -> None:
    project.sign(KEY)
    project.run(both(1))
    project.sign(OTHER_KEY, KEY)
    RAN.clear()
    project.run(both(1))
    assert RAN == []
    project.sign(OTHER_KEY)
    project.run(both(1))
    assert len(RAN) == 3
    assert set(project.reasons()) == {Reason.UNTRUSTED}


@pytest.mark.parametrize("call", [small(1), large(1)], ids=["small", "large"])
def test_a_value_that_somebody_recorded_unsigned_becomes_signed_with_the_next_call_that_returns_it(
    project: Project, call: Any
) -> None:
    # As another writer of the same database would, who has no key.
    project.run(call)
    project.sign(KEY)
    project.run(call, cache=False)
    RAN.clear()
    project.run(call)
    assert RAN == []


def test_a_flood_is_signed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redun.recorder.flood._FLOOD_ROWS", 10)
    project.sign(KEY)
    calls = [small(number) for number in range(40)]
    project.run(calls)
    with Scheduler(project.config()) as scheduler:
        # Staged rows are found by their hash before they are merged.
        scheduler.run([small(number) for number in range(40, 400)])
    assert project.look("SELECT count(*) FROM value WHERE signature IS NULL") == [(0,)]
    RAN.clear()
    project.run([small(number) for number in range(400)])
    assert RAN == []


def test_what_others_staged_keeps_its_signatures(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redun.recorder.flood._FLOOD_ROWS", 0)
    monkeypatch.setattr("redun.recorder.staging.merge", lambda session, drop: None)
    project.sign(KEY)
    project.run([small(number) for number in range(20)])
    assert project.look("SELECT count(*) FROM staged_value WHERE signature IS NOT NULL") != [(0,)]
    monkeypatch.undo()
    project.sign()
    project.run(small(100))
    project.sign(KEY)
    RAN.clear()
    project.run([small(number) for number in range(20)])
    assert RAN == []


def test_load_names_what_is_wrong(project: Project) -> None:
    recorder = SqliteRecorder(project.database)
    recorder.close()
    project.run(small(1))
    ((value_hash,),) = project.look(
        "SELECT value_hash FROM evaluation JOIN value ON hash = value_hash WHERE type = 'dict'"
    )

    def message(signer: Signer) -> str:
        recorder = SqliteRecorder(project.database, signer=signer)
        try:
            with pytest.raises(UntrustedValueError) as caught:
                recorder.load(value_hash)
        finally:
            recorder.close()
        return str(caught.value)

    first, second = Signer([bytes.fromhex(KEY)]), Signer([bytes.fromhex(OTHER_KEY)])
    assert "it has no signature" in message(first)
    assert "`redun db sign --unsigned`" in message(first)
    project.sign(KEY)
    project.run(small(1))
    assert f"signed with the key {first.name}, which is not among those" in message(second)
    project.attack("UPDATE value SET blob = ? WHERE hash = ?", b"\x80\x05N.", value_hash)
    assert "its signature is wrong" in message(first)


def test_raw_bytes_are_not_read_as_a_pickle(project: Project) -> None:
    """Whoever may choose bytes that somebody signs must not have them unpickled."""

    @task(namespace="signed", version="1")
    def upload() -> bytes:
        return project.bomb()

    project.sign(KEY)
    project.run(upload())
    ((value_hash,),) = project.look("SELECT hash FROM value WHERE format = 2")
    recorder = SqliteRecorder(project.database, signer=Signer([bytes.fromhex(KEY)]))
    try:
        assert recorder.load(value_hash, 2) == project.bomb()
        with pytest.raises(UntrustedValueError, match="signed as raw and is to be read as pickle"):
            recorder.load(value_hash, 0)
    finally:
        recorder.close()
    assert not project.mark.exists()


def test_a_recorder_that_knows_no_signatures_is_refused(project: Project) -> None:
    from redun.session.signing import signing_options

    project.sign(KEY)
    with pytest.raises(
        ConfigError, match=r"\[signing\] asks for signatures, and the recorder of old:// knows"
    ):
        signing_options(project.config(), lambda path, migrate=True: None, "old")
    assert signing_options(Config({}), lambda path: None, "old") == {}
