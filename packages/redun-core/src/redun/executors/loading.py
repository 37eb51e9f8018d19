"""Whether this process is importing a workflow in order to run one of its tasks.

Floor: executors. A script that runs its workflow whenever it is imported would do so again in each worker, and without
end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redun.errors import ExecutorError

__all__ = ["loading", "refuse_while_loading"]

_loading: list[str] = []


@contextmanager
def loading(path: str) -> Iterator[None]:
    """Note that a file is being imported for its tasks."""
    _loading.append(path)
    try:
        yield
    finally:
        _loading.pop()


def refuse_while_loading() -> None:
    """Raise if a workflow would be run by what is imported for its tasks.

    Raises
    ------
    ExecutorError
        It would.
    """
    if _loading:
        raise ExecutorError(
            f"{_loading[-1]} runs a workflow when it is imported, and a worker that runs one of its tasks imports it. "
            'Put what runs the workflow below `if __name__ == "__main__":`.'
        )
