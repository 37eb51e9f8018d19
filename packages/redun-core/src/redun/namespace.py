"""Namespaces of tasks: a prefix that keeps equal function names apart.

Floor: ground. The order is: explicit argument, the module variable `redun_namespace`, the process-wide fallback.
"""

from __future__ import annotations

import sys

__all__ = ["compute_namespace", "get_current_namespace", "namespace"]

_current = ""


def namespace(ns: str | None = None) -> None:
    """Set the process-wide fallback namespace; None or an empty string clears it.

    Examples
    --------
    >>> from redun import namespace, task
    >>> namespace("genome")
    >>> @task
    ... def align() -> None: ...
    >>> namespace()
    >>> align.fullname
    'genome.align'
    """
    global _current
    _current = ns or ""


def get_current_namespace() -> str:
    """Return the process-wide fallback namespace.

    Examples
    --------
    >>> get_current_namespace()
    ''
    """
    return _current


def compute_namespace(obj: object, namespace: str | None = None) -> str:
    """Return the namespace of a function or class: explicit, of its module, or the fallback.

    Examples
    --------
    >>> def align(): ...
    >>> compute_namespace(align), compute_namespace(align, "genome")
    ('', 'genome')
    """
    if namespace is not None:
        return namespace
    module = sys.modules.get(getattr(obj, "__module__", None) or "")
    own = getattr(module, "redun_namespace", None)
    return str(own) if own is not None else _current
