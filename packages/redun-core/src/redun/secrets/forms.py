"""The forms in which a secret turns up in texts and bytes.

Floor: secrets.
"""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

__all__ = ["ENCODED", "LINE", "SHORTEST", "data_forms", "text_forms"]

SHORTEST = 4
"""Characters that a secret has at least for it to be looked for in other texts: shorter ones are in every word."""

ENCODED = 6
"""Characters that it has at least for its encoded forms to be looked for."""

LINE = 8
"""Characters of a line of a longer secret from which the line alone is looked for."""


def text_forms(secret: str) -> set[str]:
    """Return the texts that give a secret away: itself, its lines, and both in the usual encodings.

    Examples
    --------
    >>> sorted(text_forms("a b")), "aHVudGVyMi" in text_forms("hunter2"), "a%20secret" in text_forms("a secret")
    ([], True, True)
    """
    found: set[str] = set()
    for text in _texts(secret):
        found.add(text)
        if len(text) >= ENCODED:
            found.update(_encoded(text))
    return {form for form in found if len(form) >= SHORTEST}


def data_forms(secret: str | bytes) -> set[bytes]:
    """Return the bytes that give a secret away.

    Examples
    --------
    >>> b"hunter2" in data_forms("hunter2"), "hunter2".encode("utf-32-le") in data_forms("hunter2")
    (True, True)
    """
    if isinstance(secret, bytes):
        found = {secret} if len(secret) >= SHORTEST else set()
        return found | {form.encode() for form in bytes_forms(secret)}
    forms = {form.encode("utf-8", "surrogatepass") for form in text_forms(secret)}
    if len(secret) >= ENCODED:
        # Arrays of texts, and what other systems write.
        forms |= {secret.encode(code, "surrogatepass") for code in ("utf-16-le", "utf-16-be", "utf-32-le")}
    return forms


def bytes_forms(secret: bytes) -> set[str]:
    """Return the texts that give bytes away that are no text."""
    if len(secret) < ENCODED:
        return set()
    return {str(secret)[2:-1], *_base64(secret), secret.hex(), secret.hex().upper()}


def _texts(secret: str) -> Iterator[str]:
    stripped = secret.strip()
    yield secret
    if stripped:
        yield stripped
    lines = secret.splitlines()
    if len(lines) > 1:
        yield from (line.strip() for line in lines if len(line.strip()) >= LINE)


def _encoded(text: str) -> Iterator[str]:
    data = text.encode("utf-8", "surrogatepass")
    escaped = repr(text)[1:-1]
    yield escaped
    # Which quotes are escaped depends on what else is in the text.
    yield escaped.replace("\\'", "'")
    yield escaped.replace("\\'", "'").replace("'", "\\'")
    yield repr(data)[2:-1]
    for plain in (False, True):
        yield json.dumps(text, ensure_ascii=plain)[1:-1]
    yield from _base64(data)
    for quoted in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield quoted
        yield _lower_escapes(quoted)
    # Inside of single quotes, and after a backslash each.
    yield text.replace("'", "'\"'\"'")
    yield text.replace("'", "'\\''")
    yield "".join(char if char.isalnum() or char in "_-./:=@%+," else f"\\{char}" for char in text)
    yield "".join(f"\\{char}" if char in '"\\$`' else char for char in text)
    markup = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield markup
    yield markup.replace('"', "&quot;").replace("'", "&#x27;")
    yield markup.replace('"', "&quot;").replace("'", "&#39;")
    yield data.hex()
    yield data.hex().upper()


def _base64(data: bytes) -> Iterator[str]:
    """Yield what is the same of the base64 of any text that holds the secret: it may begin at any of three bytes."""
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(data).decode()
        for before in range(3):
            text = encode(bytes(before) + data).decode().rstrip("=")
            start = (0, 2, 3)[before]
            end = len(text) if (before + len(data)) % 3 == 0 else len(text) - 1
            if end - start >= ENCODED:
                yield text[start:end]


def _lower_escapes(quoted: str) -> str:
    pieces = quoted.split("%")
    return "%".join([pieces[0], *(piece[:2].lower() + piece[2:] for piece in pieces[1:])])
