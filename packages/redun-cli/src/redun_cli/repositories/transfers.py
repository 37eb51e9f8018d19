"""Send, fetch, write and read records, and say what became of them.

Floor: command line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import click
from redun.config import Config, database_path, load_config
from redun.config.repositories import NamedRepository, named_repository
from redun.errors import RecorderError
from redun.recorder.liveness import this_host
from redun.recorder.reader import Reader
from redun.recorder.reader_files import file_versions
from redun.recorder.reader_lookup import find
from redun.recorder.reader_records import Kind
from redun.recorder.value_store import FileValueStore
from redun.transfer.reading import Source
from redun.transfer.repository import Sent, export_records, import_records, open_source, send
from redun.transfer.selection import EVERYTHING, Roots
from redun.transfer.target import Received, Target

from redun_cli.invocation import Invocation
from redun_cli.log.writing import visible, write_lines
from redun_cli.repositories.progress import Progress
from redun_cli.user import current_user

__all__ = ["export", "import_", "pull", "push"]

_KINDS = (Kind.EXECUTION, Kind.JOB, Kind.CALL, Kind.TASK, Kind.VALUE, Kind.FILE)


def push(invocation: Invocation, name: str, ids: Sequence[str], *, trust: bool) -> None:
    """Send records to another repository."""
    other, config = _other(invocation, name)
    path = database_path(config)
    with (
        _source(invocation.database_file, invocation.value_store(), ids) as (source, roots),
        Target(
            path,
            "redun push",
            trusted=trust or other.trusted,
            migrate=_migrates(config),
            store=invocation.value_store(config),
        ) as target,
        Progress() as progress,
    ):
        sent = send(
            source, target, roots, sender="this repository", mark=_mark(invocation), progress=progress.told
        )
    if sent.received.new:
        write_lines([f"Pushed {sent.received.new} record(s) to repo '{name}'"])
    else:
        write_lines([f"Repo '{name}' is up to date."])
    _remark(sent.received, sent.missing)


def pull(invocation: Invocation, name: str, ids: Sequence[str], *, trust: bool) -> None:
    """Fetch records from another repository."""
    other, config = _other(invocation, name)
    with (
        _source(database_path(config), invocation.value_store(config), ids) as (source, roots),
        Target(
            invocation.database_file,
            "redun pull",
            trusted=trust or other.trusted,
            migrate=_migrates(invocation.config),
            store=invocation.value_store(),
        ) as target,
        Progress() as progress,
    ):
        sent: Sent = send(
            source, target, roots, sender=f"repository '{name}'", mark=name, progress=progress.told
        )
    write_lines([f"Pulled {sent.received.new} new record(s) from repo '{name}'"])
    _remark(sent.received, sent.missing)


def export(invocation: Invocation, ids: Sequence[str], path: Path | None) -> None:
    """Write records to a file or to standard output."""
    path = None if path == Path("-") else path
    store = invocation.value_store()
    with _source(invocation.database_file, store, ids) as (source, roots), Progress() as progress:
        written = export_records(source, roots, path, progress=progress.told)
    if path is not None:
        click.echo(f"Exported {written.records} record(s) to {visible(str(path))}", err=True)
    _missing(written.missing)


def import_(invocation: Invocation, path: Path | None, *, trust: bool) -> None:
    """Take in records from a file or from standard input."""
    path = None if path == Path("-") else path
    mark = "standard input" if path is None else path.name
    with (
        Target(
            invocation.database_file,
            "redun import",
            trusted=trust,
            migrate=_migrates(invocation.config),
            store=invocation.value_store(),
        ) as target,
        Progress() as progress,
    ):
        received = import_records(path, target, mark=mark, progress=progress.told)
    click.echo(f"Imported {received.new} new record(s)", err=True)
    _remark(received, 0)


@contextmanager
def _source(path: Path, store: FileValueStore | None, ids: Sequence[str]) -> Iterator[tuple[Source, Roots]]:
    source = open_source(path, store)
    with closing(source.database):
        yield source, _roots(Reader(source.database), ids) if ids else EVERYTHING


def _roots(reader: Reader, ids: Sequence[str]) -> Roots:
    """Return what ids name, in the repository that is read."""
    executions: list[int] = []
    calls: list[bytes] = []
    tasks: list[bytes] = []
    values: list[bytes] = []
    for text in ids:
        found = find(reader, text, _KINDS)
        key = found.key
        if found.kind is Kind.EXECUTION and isinstance(key, bytes):
            executions.append(reader.execution_of_id(key).key)
        elif isinstance(key, tuple):
            call = reader.job(*key).call_hash
            if call is None:
                raise RecorderError(f"job {found.id} made no call that could be sent: name its execution")
            calls.append(call)
        elif found.kind is Kind.FILE:
            values += [version.value.hash for version in file_versions(reader, str(key))]
        elif isinstance(key, bytes):
            {Kind.CALL: calls, Kind.TASK: tasks, Kind.VALUE: values}[found.kind].append(key)
    return Roots(tuple(executions), tuple(calls), tuple(tasks), tuple(values))


def _other(invocation: Invocation, name: str) -> tuple[NamedRepository, Config]:
    other = named_repository(invocation.base_config, name)
    config = load_config(other.config_dir)
    if database_path(config).resolve() == invocation.database_file.resolve():
        raise RecorderError(f"the repository {name!r} is this one: there is nothing to send or to fetch")
    return other, config


def _migrates(config: Config) -> bool:
    return config.section("backend").get_bool("automigrate", True)


def _mark(invocation: Invocation) -> str:
    """Return what another repository is told of where its records are from."""
    return f"{current_user()}@{this_host()}:{invocation.config_dir}"


def _remark(received: Received, missing: int) -> None:
    if received.conflicts:
        click.echo(
            f"redun: note: {received.conflicts} call(s) have another result here, which stays", err=True
        )
    _missing(missing)


def _missing(count: int) -> None:
    if count:
        click.echo(
            f"redun: warning: the payloads of {count} value(s) are gone or damaged, and were left out",
            err=True,
        )
