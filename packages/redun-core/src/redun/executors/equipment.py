"""What an executor that runs calls elsewhere must know of the project.

Floor: executors. The session supplies it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from redun.config import Config

__all__ = ["Equipment"]


@attrs.frozen
class Equipment:
    """Given to executors that have a method `equip`, once, before they start.

    Attributes
    ----------
    config : Config
        The project's configuration.
    root : str
        Absolute path of the project's folder, which its code lies below.
    manifest : callable
        Returns what decides the meaning of values and keys here, see `redun.host.manifest`; another process must have
        the same. As JSON can express it.

    Examples
    --------
    >>> from redun.config import Config
    >>> Equipment(Config(), "/project", dict).root
    '/project'
    """

    config: Config
    root: str
    manifest: Callable[[], Mapping[str, Any]]
