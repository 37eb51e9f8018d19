"""Showing the result of a run on stdout.

Floor: command line.
"""

from __future__ import annotations

import pprint
import sys
from collections.abc import Callable
from typing import Any

from redun.value.preview import preview
from redun.visible import visible_lines

__all__ = ["print_result"]


def print_result(result: Any, redact: Callable[[str], str] = str) -> None:
    """Pretty-print a result, without the secrets in it; None prints nothing."""
    if result is None:
        return
    try:
        text = _formatted(result, redact)
    except Exception:
        # Its own `repr` fails, or it is nested too deeply; the task has succeeded all the same.
        text = preview(result)
    sys.stdout.write(visible_lines(redact(text)) + "\n")
    sys.stdout.flush()


def _formatted(result: Any, redact: Callable[[str], str]) -> str:
    # Long texts are wrapped, and a secret that is broken over two lines would not be recognised.
    whole = pprint.pformat(result, width=sys.maxsize)
    return pprint.pformat(result) if redact(whole) == whole else whole
