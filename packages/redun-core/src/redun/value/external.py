"""Finding the external values, such as files, that a value holds: also in the attributes of plain objects.

Floor: values. Plain objects are not looked into for anything else, and there may be very many of them. So what is
recorded is searched for the name of the files' module, which takes no time, and only a value that has it is walked.
"""

from __future__ import annotations

from typing import Any

from redun.value.nested import Lazy, scan
from redun.value.payload import Payload
from redun.value.treatment import MEMOS, treatment_of

__all__ = ["externals_of", "is_external", "mentions_files"]

_FILES = b"redun.file."
_HEAP_TYPE = 1 << 9


class _External(dict[type, bool]):
    def __missing__(self, kind: type) -> bool:
        treatment = treatment_of(kind)
        judged = treatment is not None and treatment.holds is not None
        own = hasattr(kind, "__redun_valid__") and not issubclass(kind, Lazy)
        known = self[kind] = own or judged
        return known


class _Opened(dict[type, bool]):
    """Of each type, whether its values have attributes that are theirs to show; decided once."""

    def __missing__(self, kind: type) -> bool:
        # What supplies its own digest has said what it is; a class is no part of what refers to it.
        own = hasattr(kind, "__redun_digest__") or issubclass(kind, type)
        opened = self[kind] = bool(kind.__flags__ & _HEAP_TYPE) and not own
        return opened


_external = _External()
MEMOS.append(_external)
_is_external = _external.__getitem__
_is_opened = _Opened().__getitem__


def is_external(kind: type) -> bool:
    """Tell whether values of a type speak of the world outside, which may have changed."""
    return _is_external(kind)


def externals_of(value: Any) -> list[Any]:
    """Return the distinct external values inside, those in attributes of plain objects included.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from redun import File
    >>> externals_of([SimpleNamespace(reads=File("a.fa"), name="a")])
    [File(path=a.fa)]
    """
    return scan(value, is_external, _is_opened)


def mentions_files(payload: bytes | Payload) -> bool:
    """Tell whether there may be a file in what was pickled."""
    if isinstance(payload, bytes):
        return _FILES in payload
    # Buffers of arrays lie beside the pickle, which is bytes.
    return any(type(chunk) is bytes and _FILES in chunk for chunk in payload.chunks())
