"""Collectors: plugins answer lists, which are merged.

Floor: host.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from redun.scheduler.events import ExecutionView

hookspec = pluggy.HookspecMarker("redun")


@hookspec
def redun_error_hints(error: BaseException) -> Iterable[str]:
    """Advise about an error that is about to be shown.

    When: once per error that reaches the user.
    Thread: that of whoever shows it.
    Returns: sentences; none when there is nothing to say.
    Order: `tryfirst`, then by plugin name, then `trylast`; the sentences are shown in this order.
    Worker: not called.

    Example::

        from redun.plugin import hookimpl

        @hookimpl
        def redun_error_hints(error):
            if isinstance(error, PermissionError):
                return ["Is your cluster token still valid? `cluster login` renews it."]
            return []
    """
    raise NotImplementedError


@hookspec
def redun_execution_tags(execution: ExecutionView) -> Iterable[tuple[str, Any]]:
    """Tag an execution.

    When: once per execution, before it is recorded.
    Thread: the scheduler's.
    Returns: pairs of a key and a value that JSON can express; none when there is nothing to say.
    Order: `tryfirst`, then by plugin name, then `trylast`; all tags are kept.
    Worker: not called.

    Example::

        import getpass

        from redun.plugin import hookimpl

        @hookimpl
        def redun_execution_tags(execution):
            return [("user", getpass.getuser())]
    """
    raise NotImplementedError
