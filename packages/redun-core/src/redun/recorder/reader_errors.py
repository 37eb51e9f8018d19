"""Errors that jobs ended with, as text.

Floor: recorder. They are stored as JSON with the frames of their traceback, so nothing has to be unpickled.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redun.recorder.reader import Reader

__all__ = ["error_text"]


def error_text(reader: Reader, value_hash: bytes) -> str:
    """Return an error with its traceback, as far as these were stored as text; else its preview."""
    text = reader.text_of(value_hash)
    try:
        stored = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        stored = None
    if not isinstance(stored, dict):
        return reader.value(value_hash).preview
    summary = f"{stored.get('type')}: {stored.get('message')}"
    return f"{stored['traceback'].rstrip()}\n{summary}" if stored.get("traceback") else summary
