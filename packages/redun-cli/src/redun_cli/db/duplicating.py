"""`redun db copy`.

Floor: command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from redun.config import Config, database_location, load_config
from redun.config.address import shown
from redun.config.repositories import named_repository, repositories
from redun.config.service import service_url
from redun.errors import RecorderError
from redun.host import Host
from redun.host.values import named_store
from redun.query.opening import changing, open_database
from redun.query.stores import store_beside
from redun.recorder.reader_database import database_path
from redun.recorder.value_store import FileValueStore
from redun.transfer.whole.copying import CopiedRecord, copy_record

from redun_cli.db.progress import Progress
from redun_cli.db.sizes import count_text
from redun_cli.invocation import Invocation
from redun_cli.log.writing import write_lines

__all__ = ["copy"]

_SHOWN = 20


def copy(
    invocation: Invocation,
    source: str,
    target: str,
    *,
    source_values: str | None,
    target_values: str | None,
    as_json: bool,
) -> int:
    """Copy a record into another database, compare both, and say what became of it; return the exit code."""
    origin, destination = (_location(invocation, name) for name in (source, target))
    if origin == destination or (
        isinstance(origin, Path)
        and isinstance(destination, Path)
        and origin.resolve() == destination.resolve()
    ):
        raise RecorderError(f"{shown(source)} cannot be copied to itself: name another database")
    stores = [
        _store(invocation, name, place, values)
        for name, place, values in (
            (source, origin, source_values),
            (target, destination, target_values),
        )
    ]

    def hosting() -> Host:
        return invocation.host

    with (
        closing(open_database(origin, hosting)) as database,
        changing(destination, hosting) as session,
        Progress("copying") as progress,
    ):
        done = copy_record(database, session, source_store=stores[0], target_store=stores[1], tell=progress)
    where = shown(str(destination)) if target in repositories(invocation.base_config) else shown(target)
    write_lines(json.dumps(_document(done), indent=2).splitlines() if as_json else _lines(done, where))
    return 1 if done.differing or done.lost else 0


def _location(invocation: Invocation, name: str) -> Path | str:
    """Return what a path, a URL or a repository's name means; section `[backend]` says how a service is reached."""
    if name in repositories(invocation.base_config):
        return database_location(_config(invocation, name))
    scheme, found, _ = name.partition("://")
    if not found or scheme.partition("+")[0] == "sqlite":
        return database_path(name).expanduser().absolute()
    return service_url(name, invocation.config.section("backend"), Path.cwd())


def _config(invocation: Invocation, name: str) -> Config:
    return load_config(named_repository(invocation.base_config, name).config_dir)


def _store(invocation: Invocation, name: str, place: Path | str, values: str | None) -> FileValueStore | None:
    if values is not None:
        path = values if "://" in values else str(Path(values).expanduser().absolute())
        return named_store(invocation.host, invocation.config, path)
    if name in repositories(invocation.base_config):
        return invocation.value_store(_config(invocation, name))
    if str(place) == str(database_location(invocation.config)):
        return invocation.value_store()
    return store_beside(place)


def _document(done: CopiedRecord) -> dict[str, object]:
    return {
        "rows": done.rows,
        "written": done.written,
        "payloads": done.payloads,
        "lost": [value.hex() for value in done.lost],
        "differing": done.differing,
    }


def _lines(done: CopiedRecord, target: str) -> Iterator[str]:
    rows = sum(done.rows.values())
    executions = count_text(done.rows["execution"], "execution")
    yield f"{target}: {count_text(rows, 'row')} of {executions}, {done.written:,} new."
    if done.payloads:
        yield f"{count_text(done.payloads, 'large value')} copied from one value store to the other."
    if done.lost:
        yield f"problem: the payloads of {count_text(len(done.lost), 'value')} are gone or damaged, or in a value store"
        yield "  that was not named (--source-values), and were left out:"
        yield from (f"    {value.hex()}" for value in done.lost[:_SHOWN])
    if done.differing:
        found = ", ".join(f"{count_text(count, 'row')} of {table}" for table, count in done.differing.items())
        yield f"problem: {found} differ. Somebody else may have changed the copy meanwhile: copy again."
    else:
        yield "Compared row by row: the copy has all of it."
