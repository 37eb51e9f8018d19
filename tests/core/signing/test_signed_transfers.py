"""Signatures go with what is pulled, exported and imported; whoever reads it decides by their own keys."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from redun import task
from redun.transfer.repository import export_records, import_records, open_source, send
from redun.transfer.selection import EVERYTHING
from redun.transfer.target import Target

from .conftest import KEY, OTHER_KEY, Project

pytestmark = pytest.mark.slow

RAN: list[object] = []


@task(namespace="signed_transfers", version="1")
def small(x: int) -> dict[str, int]:
    RAN.append(x)
    return {"x": x}


@task(namespace="signed_transfers", version="1")
def large(x: int) -> list[bytes]:
    RAN.append(x)
    return [bytes([x]) * 2_000_000]


def run(project: Project) -> list[object]:
    RAN.clear()
    project.run([small(1), large(2)])
    return sorted(RAN, key=str)


def pull(theirs: Project, ours: Project, *, trusted: bool) -> None:
    opened = open_source(theirs.database)
    with closing(opened.database), Target(ours.database, "redun pull", trusted=trusted) as target:
        send(opened, target, EVERYTHING, sender="theirs", mark="team")


def export_and_import(theirs: Project, ours: Project, *, trusted: bool) -> None:
    opened, file = open_source(theirs.database), theirs.folder / "records.jsonl"
    with closing(opened.database):
        export_records(opened, EVERYTHING, file)
    with Target(ours.database, "redun import", trusted=trusted) as target:
        import_records(file, target, mark="team")


@pytest.fixture(params=[pull, export_and_import])
def fetch(request: pytest.FixtureRequest) -> Callable[..., None]:
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("theirs_key", "our_keys", "rest"),
    [
        (KEY, [KEY], []),
        (KEY, [OTHER_KEY, KEY], []),
        (KEY, [], []),
        (KEY, [OTHER_KEY], [1, 2]),
        (None, [KEY], [1, 2]),
    ],
)
def test_what_a_trusted_repository_sends_is_replayed_if_its_key_is_accepted(
    make_project: Callable[[str], Project],
    fetch: Callable[..., None],
    theirs_key: str | None,
    our_keys: list[str],
    rest: list[int],
) -> None:
    theirs, ours = make_project("theirs"), make_project("ours")
    theirs.sign(*([theirs_key] if theirs_key else []))
    assert run(theirs) == [1, 2]
    ours.sign(*our_keys)
    fetch(theirs, ours, trusted=True)
    assert run(ours) == rest
    assert run(ours) == []


def test_what_is_not_trusted_keeps_its_signature_and_is_not_replayed(
    make_project: Callable[[str], Project], fetch: Callable[..., None]
) -> None:
    theirs, between = make_project("theirs"), make_project("between")
    theirs.sign(KEY)
    run(theirs)
    fetch(theirs, between, trusted=False)
    assert between.look("SELECT count(*) FROM foreign_value WHERE signature IS NULL AND format != 1") == [
        (0,)
    ]
    between.sign(KEY)
    # Not trusted there, and so not replayed: what is signed may yet be the result of another call.
    assert run(between) == [1, 2]
    assert between.look("SELECT count(*) FROM value WHERE signature IS NULL AND blob IS NOT NULL") == [(0,)]
    assert run(between) == []
