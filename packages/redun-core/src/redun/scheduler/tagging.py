"""Tagging from within a workflow: `apply_tags`.

Floor: scheduler.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

import attrs

from redun.errors import ArgumentError
from redun.scheduler.cells import FormCell
from redun.scheduler.forms import LAST, Effect, special_form
from redun.scheduler.signatures import ApplyTags
from redun.tags import encode_tags
from redun.task.typed import typed
from redun.value.nested import contains_lazy

__all__ = ["apply_tags"]

_Tags = list[tuple[str, str]]


@attrs.frozen
class _Tagging(Effect):
    value: Any
    tags: _Tags
    job_tags: _Tags
    execution_tags: _Tags

    def perform(self, form: FormCell) -> None:
        job, journal = form.owner, form.run.journal  # type: ignore[attr-defined]
        if job is None or journal is None or not job.policy.recorded:
            return
        if self.tags:
            journal.tag_value(self.value, self.tags)
        journal.tag_job(job, self.job_tags)
        journal.tag_execution(self.execution_tags)


@typed(ApplyTags)
@special_form()
def apply_tags(
    value: Any,
    tags: Iterable[tuple[str, Any]] = (),
    job_tags: Iterable[tuple[str, Any]] = (),
    execution_tags: Iterable[tuple[str, Any]] = (),
) -> Generator[Any, Any, Any]:
    """Return a value unchanged and tag it, the job that asks for it, or the execution.

    Parameters
    ----------
    value
        Any nested value.
    tags : list of (key, JSON value)
        Tags of the value: of its content, wherever it appears.
    job_tags : list of (key, JSON value)
        Tags of the job in whose body this is called.
    execution_tags : list of (key, JSON value)

    Raises
    ------
    ArgumentError
        Something is no tag.

    Examples
    --------
    >>> from redun import Scheduler, apply_tags, task
    >>> @task(version="1")
    ... def train(rate: float) -> dict[str, float]:
    ...     return apply_tags({"loss": 2 * rate}, tags=[("stage", "draft")], job_tags=[("rate", rate)])
    >>> Scheduler().run(train(0.5))
    {'loss': 1.0}
    """
    given = [tags, job_tags, execution_tags]
    if contains_lazy(given):
        given = yield given
    try:
        encoded = [encode_tags("apply_tags()", each) for each in given]
    except TypeError as error:
        raise ArgumentError(str(error)) from None
    concrete = yield value
    yield _Tagging(concrete, *encoded)
    return LAST
