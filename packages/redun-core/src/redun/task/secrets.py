"""`Secret[...]`: what is used and never shown.

Floor: language. Whoever writes `Secret` imports this module and nobody else does: in a process in which nobody did, an
execution need not look for secrets.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, TypeVar

__all__ = ["Secret"]

T = TypeVar("T")


class _Mark:
    """What the annotation says beside the type."""

    __redun_secret__ = True

    def __repr__(self) -> str:
        return "Secret"


_SECRET = _Mark()

Secret = Annotated[T, _SECRET]
if not TYPE_CHECKING:
    # The alias itself has that of the type variable.
    Secret.__doc__ = inspect.cleandoc(
        """A value that is used and never shown: neither stored nor printed, and hashed with a key.

        To type checkers `Secret[str]` is `str`, and that is what the body gets.

        Examples
        --------
        >>> from redun import Scheduler, Secret, task
        >>> @task(version="1")
        ... def fetch(url: str, password: Secret[str]) -> int:
        ...     return len(password)
        >>> Scheduler().run(fetch("https://lab.example", "correct horse"))
        13
        """
    )
