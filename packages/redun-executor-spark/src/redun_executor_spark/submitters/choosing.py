"""The submitters there are, imported when a call needs them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from redun_executor_spark.options import CONNECT, SESSION, SUBMIT

if TYPE_CHECKING:
    from redun_executor_spark.site import Site
    from redun_executor_spark.submitters.protocol import Submitter

__all__ = ["submitter_for"]

_SUBMITTERS = {
    SESSION: ("redun_executor_spark.submitters.session", "SessionSubmitter"),
    SUBMIT: ("redun_executor_spark.submitters.spark_submit", "SparkSubmitSubmitter"),
    CONNECT: ("redun_executor_spark.submitters.connect", "ConnectSubmitter"),
}


def submitter_for(kind: str, site: Site) -> Submitter:
    """Return a submitter for the option `submit` of a call."""
    module, name = _SUBMITTERS[kind]
    made: Submitter = getattr(import_module(module), name)(site)
    return made
