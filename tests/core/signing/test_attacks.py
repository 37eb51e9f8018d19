"""Somebody may write to the record and to its value store, and has no key: nothing that they write is unpickled."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from redun import File, Handle, task
from redun.errors import RedunError, UntrustedValueError
from redun.query import open_record
from redun.recorder.batch import Reason
from redun.recorder.value_store import FolderValueStore
from redun.session.recalling import recall

from .conftest import KEY, Project

pytestmark = pytest.mark.slow


class Session(Handle):
    """A connection that is none."""

    def __init__(self, name: str) -> None:
        self.instance = name


@task(namespace="attacked", version="1")
def small(x: int) -> dict[str, int]:
    return {"x": x}


@task(namespace="attacked", version="1")
def large(x: int) -> list[bytes]:
    return [bytes([x]) * 2_000_000]


@task(namespace="attacked", version="1")
def touched(folder: str) -> File:
    file = File(f"{folder}/made")
    file.write("made")
    return file


@task(namespace="attacked", version="1")
def use(session: Session) -> Session:
    return session


@task(namespace="attacked", version="1")
def broken(x: int) -> int:
    raise ValueError(f"broken {x}")


@task(namespace="attacked", version="1")
def main(folder: str) -> list[Any]:
    return [small(1), large(2), touched(folder), use(Session("one")), "\N{SNOWMAN}"]


def everything(project: Project) -> Any:
    return main(str(project.folder))


def targets(project: Project, *, each: bool) -> list[tuple[str, list[str]]]:
    """Return where the bombs go: columns of values one by one, those of other tables at once, or `each` too."""
    found: list[tuple[str, list[str]]] = []
    with closing(sqlite3.connect(project.database)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table == "alembic_version" or table.startswith("sqlite_"):
                continue
            columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
            if each or table == "value":
                found += [(table, [name]) for _, name, *_ in columns]
            else:
                found.append((table, [name for _, name, *_, key in columns if not key]))
    return [(table, names) for table, names in found if names]


def look_at_everything(project: Project) -> None:
    """Do all that reads what is recorded; errors are fine, explosions are not."""
    attempts: list[Any] = [
        lambda: project.run(everything(project)),
        lambda: project.run(everything(project), dryrun=True),
        lambda: recall(project.config(), "-").arguments(main.signature),
        lambda: load_all(project),
    ]
    for attempt in attempts:
        try:
            attempt()
        except (RedunError, ValueError, TypeError, OSError):
            continue


def load_all(project: Project) -> None:
    with open_record(project.folder) as record:
        for value in record.values:
            try:
                record.load(value)
            except RedunError:
                continue


@pytest.fixture
def recorded(project: Project) -> Project:
    project.sign(KEY)
    (project.folder / "redun.ini").write_text(
        "[backend]\ndb_uri = sqlite:///redun.db\n[signing]\nkey_file = signing.key\n"
    )
    project.run(everything(project))
    with pytest.raises(ValueError, match="broken"):
        project.run(broken(1))
    return project


def test_the_bomb_would_explode_without_signatures(recorded: Project) -> None:
    """Else the other tests would say nothing."""
    recorded.sign()
    recorded.attack("UPDATE value SET blob = ?, format = 0 WHERE type = 'dict'", recorded.bomb())
    recorded.run(everything(recorded))
    assert recorded.mark.exists()


@pytest.mark.parametrize("each", [False, True])
def test_a_bomb_in_any_column_does_not_explode(recorded: Project, each: bool) -> None:
    original = recorded.database.read_bytes()
    hit = set()
    for table, names in targets(recorded, each=each):
        assignments = ", ".join(f'"{name}" = ?' for name in names)
        try:
            rows = recorded.attack(
                f'UPDATE OR IGNORE "{table}" SET {assignments}', *[recorded.bomb()] * len(names)
            )
        except sqlite3.IntegrityError:
            # A key of whole numbers takes nothing else.
            continue
        if not rows:
            continue
        hit.add(table)
        look_at_everything(recorded)
        assert not recorded.mark.exists(), f"{table}: {names}"
        recorded.database.write_bytes(original)
        for suffix in ("-wal", "-shm"):
            recorded.database.with_name(f"redun.db{suffix}").unlink(missing_ok=True)
    assert hit > {"value", "evaluation", "argument", "call_node", "job", "execution", "task", "handle"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE value SET blob = :bomb, format = 0",
        "UPDATE value SET blob = :bomb, format = 0, store = NULL",
        "UPDATE value SET blob = :bomb, format = 0, store = NULL, signature = NULL",
        "UPDATE value SET blob = :bomb, format = 0, signature = x'00'",
        # With a signature that is right for something else.
        "UPDATE value SET blob = :bomb, format = 0, signature = (SELECT max(signature) FROM value)",
        "UPDATE value SET blob = :bomb, flags = 0, format = 0",
    ],
)
def test_a_bomb_as_every_value_does_not_explode(recorded: Project, statement: str) -> None:
    recorded.attack(statement.replace(":bomb", "?"), recorded.bomb())
    load_all(recorded)
    recorded.run(everything(recorded))
    assert Reason.UNTRUSTED in recorded.reasons()
    recorded.run(everything(recorded))
    assert set(recorded.reasons()) == {Reason.REPLAYED}
    assert not recorded.mark.exists()


def test_a_bomb_in_the_value_store_does_not_explode(recorded: Project) -> None:
    store = FolderValueStore(recorded.folder / "values")
    rows = recorded.look("SELECT hash FROM value WHERE store IS NOT NULL")
    assert rows
    for (value_hash,) in rows:
        store.put(value_hash, recorded.bomb(), replace=True)
    load_all(recorded)
    recorded.run(everything(recorded))
    assert Reason.UNTRUSTED in recorded.reasons()
    recorded.run(everything(recorded))
    assert set(recorded.reasons()) == {Reason.REPLAYED}
    assert not recorded.mark.exists()


@pytest.mark.parametrize("address", ["../precious", "/precious", "00/../../precious", b"\0"])
def test_an_address_that_leads_elsewhere_is_not_followed(recorded: Project, address: str | bytes) -> None:
    """A file that is damaged is removed: whoever may write to the database must not say which."""
    precious = recorded.folder / "precious"
    precious.write_text("no payload, and so damaged")
    if address == "/precious":
        address = str(precious)
    recorded.attack("UPDATE value SET store = ?", address)
    load_all(recorded)
    look_at_everything(recorded)
    assert precious.exists()


def test_a_signed_value_in_the_place_of_another_does_not_pass(recorded: Project) -> None:
    """Content, format and signature of one value under the hash of another."""
    recorded.attack(
        "UPDATE value SET (blob, format, flags, signature) ="
        " (SELECT blob, format, flags, signature FROM value WHERE type = 'dict') WHERE type = 'list'"
    )
    recorded.run(everything(recorded))
    assert Reason.UNTRUSTED in recorded.reasons()


def test_a_new_row_of_the_attacker_is_not_read(recorded: Project) -> None:
    bomb = recorded.bomb()
    recorded.attack(
        "INSERT INTO value (hash, type, size, preview, format, flags, blob) VALUES (?, 'int', ?, '1', 0, 0, ?)",
        b"\7" * 20,
        len(bomb),
        bomb,
    )
    recorded.attack("UPDATE evaluation SET value_hash = ?", b"\7" * 20)
    recorded.attack("UPDATE call_node SET value_hash = ?", b"\7" * 20)
    recorded.attack("UPDATE argument SET value_hash = ?", b"\7" * 20)
    look_at_everything(recorded)
    assert not recorded.mark.exists()


def test_a_staged_row_of_the_attacker_is_not_read(recorded: Project) -> None:
    bomb = recorded.bomb()
    recorded.attack("CREATE TABLE staged_value AS SELECT * FROM value")
    recorded.attack("UPDATE staged_value SET blob = ?, format = 0", bomb)
    recorded.attack("DELETE FROM value")
    look_at_everything(recorded)
    assert not recorded.mark.exists()


def test_what_is_asked_for_by_name_is_refused_with_a_reason(recorded: Project) -> None:
    recorded.attack("UPDATE value SET signature = NULL")
    with (
        open_record(recorded.folder) as record,
        pytest.raises(UntrustedValueError, match="it has no signature"),
    ):
        record.load(next(iter(record.values)))
    with pytest.raises(RedunError, match=r"cannot be read back: .* it has no signature"):
        recall(recorded.config(), "~2").arguments(main.signature)


def test_a_scheduler_needs_the_key(recorded: Project) -> None:
    recorded.keys.unlink()
    with pytest.raises(RedunError, match=r"there is no file .*signing.key"):
        recorded.run(everything(recorded))
