"""Showing the result of a run on stdout.

Floor: command line.
"""

from __future__ import annotations

import pprint
import sys
from typing import Any

__all__ = ["print_result"]


def print_result(result: Any) -> None:
    """Pretty-print a result; None prints nothing."""
    if result is not None:
        pprint.pprint(result, stream=sys.stdout)
        sys.stdout.flush()
