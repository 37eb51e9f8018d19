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
            one.args = tuple([redactor.text(arg) if type(arg) is str else arg for arg in one.args])
        with suppress(Exception):
            if hasattr(one, "__notes__"):
                one.__notes__ = [redactor.text(note) for note in one.__notes__]
        for name in (*vars(one), *_OF_SYSTEM):
            text = getattr(one, name, None)
            if type(text) is str and redactor.in_text(text):
                with suppress(Exception):
                    setattr(one, name, redactor.text(text))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            pending += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
