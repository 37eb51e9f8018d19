"""How results are reused: the words of the options `cache_scope` and `check_valid`.

Floor: language.
"""

from __future__ import annotations

from enum import Enum

__all__ = ["CacheCheckValid", "CacheResult", "CacheScope"]


class CacheScope(Enum):
    """How far a result may be reused.

    Examples
    --------
    >>> CacheScope("CSE")
    <CacheScope.CSE: 'CSE'>
    """

    NONE = "NONE"
    CSE = "CSE"
    BACKEND = "BACKEND"


class CacheCheckValid(Enum):
    """Which record is replayed: single reductions (full) or whole calls (shallow).

    Examples
    --------
    >>> CacheCheckValid("shallow")
    <CacheCheckValid.SHALLOW: 'shallow'>
    """

    FULL = "full"
    SHALLOW = "shallow"


class CacheResult(Enum):
    """Kind of a cache hit.

    Examples
    --------
    >>> [kind.value for kind in CacheResult]
    ['CSE', 'SINGLE', 'ULTIMATE', 'MISS']
    """

    CSE = "CSE"
    SINGLE = "SINGLE"
    ULTIMATE = "ULTIMATE"
    MISS = "MISS"
