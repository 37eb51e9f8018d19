"""Replacing secrets in texts, and finding them in bytes.

Floor: secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pickle import dumps
from threading import Lock
from typing import TYPE_CHECKING, Any

from redun.secrets.forms import ENCODED, SHORTEST, bytes_forms, data_forms, text_forms
from redun.secrets.needles import Needles

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["REDACTED", "Redactor"]

REDACTED = "***"
"""What is shown in the place of a secret in a text."""

_WINDOW = 1 << 20
_CUT = "..."
_CHARACTER = 4
"""Bytes of the longest character."""
_BROKEN = "".join(map(chr, range(0xDC80, 0xDD00)))
"""What `surrogateescape` makes of bytes that are no text."""


class Redactor:
    """The secrets that are known so far, in all their forms; may be asked from any thread.

    Examples
    --------
    >>> redactor = Redactor()
    >>> redactor.add("hunter2")
    True
    >>> redactor.text("--password=hunter2"), redactor.text("aHVudGVyMg==")
    ('--password=***', '***')
    """

    def __init__(self) -> None:
        self._known: dict[str | bytes | float, None] = {}
        self._texts: Needles[str] = Needles()
        self._data: Needles[bytes] = Needles()
        self._numbers: frozenset[str] = frozenset()
        self._adding = Lock()

    def __bool__(self) -> bool:
        return len(self._data) > 0

    @property
    def known(self) -> tuple[str | bytes | float, ...]:
        """The secrets, for another redactor."""
        return tuple(self._known)

    def add(self, secret: object) -> bool:
        """Take a secret: a text, bytes or a number; False if it is too short to be looked for in other texts."""
        if isinstance(secret, (bytearray, memoryview)):
            secret = bytes(secret)
        elif isinstance(secret, (int, float)) and not isinstance(secret, bool):
            return self._add_number(secret)
        if not isinstance(secret, (str, bytes)) or len(secret) < SHORTEST:
            return False
        secret = str.__str__(secret) if isinstance(secret, str) else secret
        with self._adding:
            if secret not in self._known:
                self._known[secret] = None
                if isinstance(secret, bytes):
                    try:
                        texts = text_forms(secret.decode())
                    except UnicodeDecodeError:
                        texts = bytes_forms(secret)
                else:
                    texts = text_forms(secret)
                self._extend(
                    texts, data_forms(secret) | {text.encode("utf-8", "surrogatepass") for text in texts}
                )
        return True

    def _add_number(self, secret: float) -> bool:
        text = repr(secret)
        if len(text) < ENCODED:
            return False
        with self._adding:
            if secret not in self._known:
                self._known[secret] = None
                self._numbers |= {text}
                # As it stands in the pickle of anything that holds it.
                self._extend({text}, {text.encode(), dumps(secret, 2)[2:-1]})
        return True

    def _extend(self, texts: Iterable[str], data: Iterable[bytes]) -> None:
        self._texts.add(texts)
        self._data.add(data)

    def text(self, text: str) -> str:
        """Return a text with all secrets in it replaced."""
        found = self._texts.found(text)
        if not found:
            return text
        return re.sub("|".join(map(re.escape, found)), REDACTED, text)

    def clipped(self, text: str) -> str:
        """Return a text that may have been cut at its end, where a secret may have been cut too."""
        text = self.text(text)
        if text.endswith(_CUT):
            body = text.removesuffix(_CUT)
            begun = self.begun(body)
            if begun:
                return body[:-begun] + REDACTED + _CUT
        return text

    def begun(self, text: str) -> int:
        """Return how many characters at the end of a text may be the beginning of a secret."""
        whole = text.rstrip(_BROKEN)
        # Bytes of a character that was cut in two.
        broken = len(text) - len(whole)
        if 0 < broken < _CHARACTER:
            return broken + self.begun(whole)
        most = 0
        for form in self._texts:
            tail = text[-(len(form) - 1) :]
            start = tail.find(form[0])
            while start >= 0 and len(tail) - start > most:
                if form.startswith(tail[start:]):
                    most = len(tail) - start
                    break
                start = tail.find(form[0], start + 1)
        return most

    def ended(self, text: str) -> int:
        """Return how many characters at the start of a text may be the end of a secret."""
        most = 0
        for form in self._texts:
            head = text[: len(form) - 1]
            for length in range(len(head), most, -1):
                if form.endswith(head[:length]):
                    most = length
                    break
        return most

    def piece(self, data: bytes, *, last: bool) -> tuple[bytes, bytes]:
        """Return a piece of a stream without secrets, and its end if that may begin one and more is to come."""
        text = self.text(data.decode("utf-8", "surrogateescape"))
        begun = 0 if last else self.begun(text)
        cut = len(text) - begun
        return text[:cut].encode("utf-8", "surrogateescape"), text[cut:].encode("utf-8", "surrogateescape")

    def in_text(self, text: str) -> bool:
        """Tell whether a text holds a secret."""
        return self._texts.occur(text)

    def is_number(self, number: object) -> bool:
        """Tell whether a number is a secret."""
        return bool(self._numbers) and repr(number) in self._numbers

    def in_data(self, data: Buffer) -> bool:
        """Tell whether bytes hold a secret."""
        if not self:
            return False
        if isinstance(data, bytes) and len(data) <= _WINDOW:
            return self._data.occur(data)
        view = memoryview(data).cast("B")
        overlap = self._data.longest
        windows = (bytes(view[start : start + _WINDOW + overlap]) for start in range(0, view.nbytes, _WINDOW))
        return any(map(self._data.occur, windows))

    def in_payload(self, payload: Any) -> bool:
        """Tell whether a payload, in one piece or several, holds a secret."""
        if payload is None:
            return False
        if isinstance(payload, bytes):
            return self.in_data(payload)
        return any(self.in_data(chunk) for chunk in payload.chunks())
