"""What type checkers make of contexts, tags, threads, subruns and quotes."""

from __future__ import annotations

from typing import Any, assert_type

from redun import apply_tags, fork_thread, get_context, join_thread, quote, subrun, task
from redun.expression import QuotedExpression
from redun.scheduler import JobInfo, Thread


@task()
def scaled(x: int, factor: int = get_context("scale.factor", 1), job: JobInfo = JobInfo()) -> int:
    return factor * x


@task()
def later(expr: QuotedExpression) -> Any:
    return expr.eval()


assert_type(scaled.update_context(scale={"factor": 2})(1), int)
assert_type(scaled.update_context({"scale.factor": 2}).options(memory=1)(1), int)
assert_type(scaled.export_options(memory=1)(1), int)
assert_type(apply_tags(scaled(1), tags=[("stage", "draft")]), int)
assert_type(subrun(scaled(1), "default"), int)
assert_type(subrun(scaled(1), executor="default", memory=4), int)
thread: Thread = fork_thread(scaled(1))
number: int = join_thread(thread)
later(quote(scaled(1)))

scaled.update_context(3)  # refused
scaled("a")  # refused
apply_tags(scaled(1), tags=3)  # refused
subrun(scaled(1))  # refused
later(scaled(1))  # refused
get_context()  # refused
