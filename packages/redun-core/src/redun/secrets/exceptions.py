"""Taking secrets out of errors that are about to be shown.

Floor: secrets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redun.secrets.redaction import Redactor

__all__ = ["redact_error"]

_OF_SYSTEM = ("filename", "filename2", "strerror")
"""What errors of the operating system are shown by, beside their arguments."""


def redact_error(error: BaseException, redactor: Redactor) -> None:
    """Take secrets out of the texts of an error, and of what caused it."""
    for one in _chain(error):
        # Some classes refuse to be changed.
        with suppress(Exception):
            one.args = tuple([_without_secrets(arg, redactor) for arg in one.args])
        with suppress(Exception):
            if hasattr(one, "__notes__"):
                one.__notes__ = [redactor.text(note) for note in one.__notes__]
        for name in (*vars(one), *_OF_SYSTEM):
            found = getattr(one, name, None)
            # What else an error carries is for programs; files may be given by paths and bytes too.
            if type(found) is str or name in _OF_SYSTEM:
                shown = _without_secrets(found, redactor)
                if shown is not found and shown != found:
                    with suppress(Exception):
                        setattr(one, name, shown)


class _Shown:
    """Is shown as something was, without the secrets in it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _without_secrets(arg: object, redactor: Redactor) -> object:
    if type(arg) is str:
        return redactor.text(arg)
    try:
        shown = repr(arg)
    except Exception:
        return arg
    return _Shown(redactor.text(shown)) if redactor.in_text(shown) else arg


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            pending += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
