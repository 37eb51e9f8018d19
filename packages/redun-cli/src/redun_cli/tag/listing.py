"""Lists of tags, and of what has them, as lines or as documents.

Floor: command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import attrs
import click
from redun.recorder.ids import job_tag_id
from redun.recorder.reader import ALL, Reader
from redun.recorder.reader_tags import (
    ENTITIES,
    Wanted,
    ids_with,
    jobs_of_tags,
    key_counts,
    pair_counts,
    tagged_executions,
)
from redun.tags import decode_tag_value, format_tag_value

from redun_cli.log import documents
from redun_cli.log.lines import call_line, execution_line, job_line, task_line, value_line
from redun_cli.log.tags import tags_text
from redun_cli.log.writing import write_lines
from redun_cli.tag.entities import TITLES

__all__ = ["list_records", "list_tags"]

_SHOWN = 1_000
_COLUMN = 10
_WIDEST_COLUMN = 40
_PAGE = 500


@attrs.frozen
class _Record:
    """A record with tags, as a line and as a document."""

    entity: str
    id: bytes
    line: str
    document: dict[str, Any]


def list_tags(reader: Reader, *, values: bool, as_json: bool, limit: int | None) -> None:
    """Write the keys of all tags, or keys and values, with how many there are."""
    most = _most(limit, as_json)
    counted: list[tuple[str, str | None, Mapping[str, int]]]
    if values:
        pairs = pair_counts(reader, most + 1)
        counted = [(key, value, counts) for (key, value), counts in pairs.items()]
    else:
        counted = [(key, None, counts) for key, counts in key_counts(reader, most + 1).items()]
    if as_json:
        write_lines(json.dumps(_count_document(*one)) for one in counted[:most])
        return
    write_lines(["Tags:", *_count_lines(counted[:most])])
    _say_if_more(len(counted) > most, most)


def list_records(reader: Reader, wanted: Sequence[Wanted], *, as_json: bool, limit: int | None) -> None:
    """Write the records that have all the tags wanted: executions, newest first, then jobs and so on."""
    most = _most(limit, as_json)
    records = _records(reader, wanted, most + 1)
    first = next(records, None)
    if first is None:
        click.echo(f"Nothing has {'these tags' if len(wanted) > 1 else 'this tag'}.", err=True)
        return
    shown = _tagged(reader, (record for part in ([first], islice(records, most - 1)) for record in part))
    if as_json:
        write_lines(json.dumps({**record.document, "tags": tags}) for record, tags in shown)
        return
    write_lines(f"{record.line} ({tags_text(tags)})" for record, tags in shown)
    _say_if_more(next(records, None) is not None, most)


def _most(limit: int | None, as_json: bool) -> int:
    usual = ALL - 1 if as_json else _SHOWN
    return (usual if limit is None else limit) or ALL - 1


def _say_if_more(more: bool, most: int) -> None:
    if more:
        write_lines([f"... there are more; `--limit 0` shows them all, `--limit {2 * most}` twice as many"])


def _count_document(key: str, value: str | None, counts: Mapping[str, int]) -> dict[str, Any]:
    pair = {"key": key} if value is None else {"key": key, "value": decode_tag_value(value)}
    return {**pair, "counts": {("call_node" if kind == "call" else kind): n for kind, n in counts.items()}}


def _count_lines(counted: Sequence[tuple[str, str | None, Mapping[str, int]]]) -> Iterator[str]:
    names = [
        key if value is None else f"{key}={format_tag_value(decode_tag_value(value))}"
        for key, value, _ in counted
    ]
    width = min(max(map(len, [" " * _COLUMN, *names])), _WIDEST_COLUMN)
    for name, (_, _, counts) in zip(names, counted, strict=True):
        yield f"  {name:<{width}} ({', '.join(f'{n} {TITLES[kind]}' for kind, n in counts.items())})"


def _records(reader: Reader, wanted: Sequence[Wanted], most: int) -> Iterator[_Record]:
    for execution in tagged_executions(reader, wanted, most):
        yield _Record(
            "execution", execution.id, execution_line(execution, {}), documents.execution(execution, {})
        )
    for page in _pages(ids_with(reader, "job", wanted, most)):
        jobs = list(jobs_of_tags(reader, page))
        arguments = reader.arguments(job.eval_hash for job in jobs)
        for job in jobs:
            passed = arguments.get(job.eval_hash, ())
            identity = job_tag_id(job.execution_id, job.number)
            yield _Record("job", identity, job_line(job, passed), documents.job(job, passed))
    for page in _pages(ids_with(reader, "call", wanted, most)):
        for call in reader.calls(page).values():
            yield _Record("call", call.hash, call_line(call), documents.call(call))
    for digest in ids_with(reader, "task", wanted, most):
        for task in reader.tasks_between(digest, digest, 1):
            yield _Record("task", task.hash, task_line(task), documents.task(task))
    for page in _pages(ids_with(reader, "value", wanted, most)):
        for value in reader.values(page).values():
            yield _Record("value", value.hash, value_line(value), documents.value(value))


def _tagged(reader: Reader, records: Iterable[_Record]) -> Iterator[tuple[_Record, dict[str, list[object]]]]:
    for page in _pages(records):
        tags = {
            kind: reader.tags(kind, [record.id for record in page if record.entity == kind])
            for kind in ENTITIES
        }
        for record in page:
            yield record, tags[record.entity].get(record.id, {})


def _pages(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while page := list(islice(iterator, _PAGE)):
        yield page
