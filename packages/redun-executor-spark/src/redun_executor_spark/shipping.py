"""How functions reach Spark's workers: those of the project by value, so that its modules need not be there."""

from __future__ import annotations

import sys
from functools import cache
from types import ModuleType

from redun.hashing.code.project import Project

__all__ = ["send_project_by_value"]

_judged: set[str] = set()


def send_project_by_value() -> None:
    """Let Spark pickle functions and classes of the project's modules, as far as they are imported, by value.

    A worker process of Spark, perhaps on another machine, has another directory and another path of imports; of code
    that is pickled by name, it would say that there is no such module.
    """
    from pyspark import cloudpickle

    for name, module in list(sys.modules.items()):
        if name not in _judged and isinstance(module, ModuleType):
            _judged.add(name)
            if name != "__main__" and _project().owns(getattr(module, "__file__", None), name):
                cloudpickle.register_pickle_by_value(module)


@cache
def _project() -> Project:
    return Project()
