"""The last look at what is about to be recorded.

Floor: secrets. Whatever a text comes from, the secrets that are known by now are taken out of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redun.secrets.redaction import REDACTED, Redactor
from redun.value.codes import ValueFlag

if TYPE_CHECKING:
    from redun.recorder.batch import Batch

__all__ = ["screen"]

_SECRET = int(ValueFlag.SECRET)
_OUTPUTS, _VALUES, _PARTS, _JOBS = "outputs", "values", "task_parts", "jobs"


def screen(batch: Batch, redactor: Redactor) -> None:
    """Take secrets out of the rows of a batch."""
    if not redactor:
        return
    for name in batch.__slots__:
        rows = getattr(batch, name)
        if not rows or name == _JOBS:
            continue
        change = _CHANGES.get(name, _texts)
        rows[:] = [change(row, redactor) for row in rows]


def _texts(row: tuple[Any, ...], redactor: Redactor) -> tuple[Any, ...]:
    changed = tuple([redactor.text(part) if type(part) is str else part for part in row])
    return row if changed == row else changed


def _value(row: tuple[Any, ...], redactor: Redactor) -> tuple[Any, ...]:
    hash_, kind, size, shown, format_, flags, payload = row
    if flags & _SECRET:
        return row
    if redactor.in_payload(payload):
        return hash_, kind, 0, redactor.clipped(shown), format_, flags | _SECRET, None
    return hash_, kind, size, redactor.clipped(shown), format_, flags, payload


def _output(row: tuple[Any, ...], redactor: Redactor) -> tuple[Any, ...]:
    execution, number, stream, text, dropped = row
    text = redactor.text(text)
    if dropped:
        # Where the middle was left out, a secret may have been cut in two.
        mark = f"[... {dropped} bytes left out ...]\n"
        head, found, tail = text.partition(mark)
        if found:
            stripped = head.removesuffix("\n")
            begun, ended = redactor.begun(stripped), redactor.ended(tail)
            head = stripped[:-begun] + REDACTED + "\n" if begun else head
            tail = REDACTED + tail[ended:] if ended else tail
            text = head + found + tail
    return execution, number, stream, text, dropped


def _parts(row: tuple[Any, ...], redactor: Redactor) -> tuple[Any, ...]:
    task, describe = row
    # They are read when they are written.
    return task, lambda: [_texts(part, redactor) for part in describe()]


_CHANGES: dict[str, Callable[[tuple[Any, ...], Redactor], tuple[Any, ...]]] = {
    _VALUES: _value,
    _OUTPUTS: _output,
    _PARTS: _parts,
}
