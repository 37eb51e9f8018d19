"""What a submitter is: one way to run a call as the driver of a Spark application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from redun.executors.base import Completion

    from redun_executor_spark.driver.call import DriverCall

__all__ = ["Submitter"]


class Submitter(Protocol):
    """Runs calls, each in a thread of the executor's; made once for an executor, when the first call needs it.

    Examples
    --------
    .. code-block:: python

        class EchoSubmitter:
            def __init__(self, site):
                self.site = site

            def run(self, call):
                if not call.begin():
                    return Completion(call.work, None, None, "cancelled")
                return perform(call.work)

            def end(self, call):
                pass

            def stop(self):
                pass
    """

    def run(self, call: DriverCall) -> Completion:
        """Run a call and return how it ended, with tags of where it ran.

        Asks `call.begin()` before it has any effect. What is raised counts as a failure of the call.
        """

    def end(self, call: DriverCall) -> None:
        """End a call that has begun, from another thread than its own: `run` returns soon, with the cause cancelled.

        For a body in this process nothing can be done but to cancel its Spark jobs; if the call is `abandoned`, others
        do not wait for it. May be called more than once.
        """

    def stop(self) -> None:
        """Let go of what all calls shared; none runs any more that is wanted."""
