"""Errors that jobs ended with, as text.

Floor: recorder. They are stored as JSON with the frames of their traceback, so nothing has to be unpickled.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["error_text", "stored_error"]


def stored_error(reader: Reader, value_hash: bytes) -> tuple[str, str] | None:
    """Return the traceback of an error, perhaps empty, and the line below it; None if they were not stored as text."""
    text = reader.text_of(value_hash)
    try:
        stored = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        stored = None
    if not isinstance(stored, dict):
        return None
    return str(stored.get("traceback") or "").rstrip(), f"{stored.get('type')}: {stored.get('message')}"


def error_text(reader: Reader, value_hash: bytes) -> str:
    """Return an error with its traceback, as far as these were stored as text; else its preview."""
    stored = stored_error(reader, value_hash)
    if stored is None:
        return reader.value(value_hash).preview
    return "\n".join(part for part in stored if part)
