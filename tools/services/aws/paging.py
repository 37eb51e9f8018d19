"""Lists of Batch, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

MOST = 100

T = TypeVar("T")


def page(found: Sequence[T], given: Mapping[str, Any]) -> tuple[Sequence[T], dict[str, str]]:
    """Return the page that a request asks for, and the token that its answer has if more follows.

    Examples
    --------
    >>> page("abcde", {"maxResults": 2, "nextToken": "2"})
    ('cd', {'nextToken': '4'})
    """
    start = int(given.get("nextToken") or 0)
    end = start + min(given.get("maxResults") or MOST, MOST)
    return found[start:end], {"nextToken": str(end)} if end < len(found) else {}
