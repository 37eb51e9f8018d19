"""`redun db gc`.

Floor: command line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

import click
from redun.moments import parse_moment
from redun.recorder.value_store import FileValueStore
from redun.retention.collecting import Collected, Plan, collect, plan
from redun.retention.selection import Selection
from redun.retention.tally import Tally

from redun_cli.db.progress import Progress
from redun_cli.db.sizes import columns, count_text, size_text
from redun_cli.invocation import Invocation
from redun_cli.log.writing import write_lines
from redun_cli.tag.words import read_tags

__all__ = ["read_selection", "run"]


def read_selection(
    invocation: Invocation,
    *,
    keep_last: int | None,
    overall: bool,
    older_than: str | None,
    tags: Sequence[str],
    not_tags: Sequence[str],
    keep_files: bool,
    everything: bool,
) -> Selection:
    """Return what the options choose.

    Raises
    ------
    UsageError
        An age or a tag is none.
    """
    try:
        before = None if older_than is None else parse_moment(older_than)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return Selection(
        keep_last=keep_last,
        overall=overall,
        before=before,
        tags=tuple(read_tags(tags, bare_keys=True)),
        not_tags=tuple(read_tags(not_tags, bare_keys=True)),
        keep_files=_exists(invocation) if keep_files else None,
        everything=everything,
    )


def run(
    database: Path, selection: Selection, *, really: bool, as_json: bool, store: FileValueStore | None
) -> None:
    """Remove what is selected, or say what would be."""
    if really:
        with Progress("removing") as progress:
            done = collect(database, selection, progress)
        document, lines = _done_document(done), _done_lines(done)
    else:
        planned = plan(database, selection)
        document, lines = _plan_document(planned), _plan_lines(planned)
    write_lines(json.dumps(document, indent=2).splitlines() if as_json else chain(lines, _staying(store)))


def _exists(invocation: Invocation) -> Callable[[str], bool]:
    from redun.errors import RedunError
    from redun.file import File
    from redun.host.wiring import connect

    connect(invocation.host, invocation.config)

    def exists(path: str) -> bool:
        try:
            return bool(File(path).exists())
        except (RedunError, OSError):
            # It cannot be asked: rather keep too much.
            return True

    return exists


def _plan_lines(planned: Plan) -> Iterator[str]:
    yield f"Would remove {planned.chosen:,} of {count_text(planned.total, 'execution')}, and what only they lead to:"
    yield ""
    yield from _table(planned.tally)
    yield ""
    for one in planned.live:
        yield f"Kept, for it is running: {one}"
    yield from _shared(planned.shared_with)
    yield "Nothing was changed. Add --yes to remove this."


def _done_lines(done: Collected) -> Iterator[str]:
    removed = Tally()
    for tally in (done.executions, done.rows):
        for kind, count in tally.counts.items():
            removed.add(kind, count, tally.bytes[kind])
    yield f"Removed {count_text(removed.counts.get('execution', 0), 'execution')}, and what only they led to:"
    yield ""
    yield from _table(removed, rows_only=True)
    yield ""
    if done.marked:
        yield (
            f"{count_text(done.marked, 'row')} more can go when the executions that run now have ended: "
            "`redun db gc --unreachable-only --yes` removes them then."
        )
        yield from (f"  {one}" for one in done.waiting_for)
    yield from _shared(done.shared_with)
    space = done.space
    returned = space.before - space.after
    yield f"Returned {size_text(max(returned, 0))} to the file system; the database has {size_text(space.after)} now."
    if space.free:
        reason = f" ({space.reason})" if space.reason else ""
        yield f"{size_text(space.free)} in it are free, for what is recorded next{reason}."


def _shared(other: Path | None) -> Iterator[str]:
    if other is not None:
        yield f"Large values stay, for {other} keeps its own in the same folder."


def _staying(store: FileValueStore | None) -> Iterator[str]:
    if store is not None and store.shared:
        yield f"Large values in {store} stay, for other records may keep theirs there, too."


def _table(tally: Tally, *, rows_only: bool = False) -> Iterator[str]:
    rows = [
        (
            f"  {kind.replace('_', ' ')}",
            f"{count:,}",
            "" if rows_only and not tally.bytes[kind] else size_text(tally.bytes[kind]),
        )
        for kind, count in tally.counts.items()
    ]
    if not rows:
        yield "  nothing"
        return
    if not rows_only:
        rows.append(("  about", "", size_text(sum(tally.bytes.values()))))
    yield from columns(rows, right=(1, 2))


def _plan_document(planned: Plan) -> Mapping[str, object]:
    return {
        "done": False,
        "executions": planned.chosen,
        "of": planned.total,
        "kinds": _kinds(planned.tally),
        "live": [one.id.hex() for one in planned.live],
        "values_shared_with": None if planned.shared_with is None else str(planned.shared_with),
    }


def _done_document(done: Collected) -> Mapping[str, object]:
    return {
        "done": True,
        "executions": done.executions.counts.get("execution", 0),
        "kinds": {**_kinds(done.executions), **_kinds(done.rows)},
        "marked": done.marked,
        "waiting_for": [one.id.hex() for one in done.waiting_for],
        "bytes": {"before": done.space.before, "after": done.space.after, "free": done.space.free},
        "values_shared_with": None if done.shared_with is None else str(done.shared_with),
    }


def _kinds(tally: Tally) -> dict[str, dict[str, int]]:
    return {kind: {"count": count, "bytes": tally.bytes[kind]} for kind, count in tally.counts.items()}
