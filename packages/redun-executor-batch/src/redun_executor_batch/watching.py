"""Asking Batch about jobs: a hundred at a time, as far as it lets us."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from redun_executor_batch.denials import asking, is_throttled

if TYPE_CHECKING:
    from redun_executor_batch.clients import Clients

__all__ = ["Answer", "describe", "hundreds"]

_AT_ONCE = 100


@attrs.frozen
class Answer:
    """What Batch answered.

    Attributes
    ----------
    asked : list of str
        Ids that it has answered about.
    descriptions : list of mapping
    throttled : bool
        It asked for fewer requests; the rest of the ids must wait.
    problem : Exception or None
        Why it has not answered about the rest, otherwise.
    """

    asked: list[str] = attrs.Factory(list)
    descriptions: list[Mapping[str, Any]] = attrs.Factory(list)
    throttled: bool = False
    problem: Exception | None = None


def describe(clients: Clients, job_ids: Sequence[str]) -> Answer:
    """Ask about jobs; what cannot be answered is told by the answer."""
    answer = Answer()
    try:
        with asking("looking at jobs"):
            for some in hundreds(job_ids):
                found = clients.get("batch").describe_jobs(jobs=some)["jobs"]
                answer.asked.extend(some)
                answer.descriptions.extend(found)
    except Exception as error:
        throttled = is_throttled(error.__cause__ or error)
        return attrs.evolve(answer, throttled=throttled, problem=None if throttled else error)
    return answer


def hundreds(ids: Sequence[str]) -> Iterator[list[str]]:
    """Divide ids into as many as Batch takes at once.

    Examples
    --------
    >>> [len(some) for some in hundreds([str(number) for number in range(250)])]
    [100, 100, 50]
    """
    for start in range(0, len(ids), _AT_ONCE):
        yield list(ids[start : start + _AT_ONCE])
