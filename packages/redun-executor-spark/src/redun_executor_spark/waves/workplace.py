"""What a Python worker of Spark keeps for its next partition: the project's code, and a process that has loaded it."""

from __future__ import annotations

import json
import os
import sys
from functools import lru_cache
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from redun.executors.guardian import Guardian

from redun_executor_spark.waves.body import Body

if TYPE_CHECKING:
    from redun_executor_spark.waves.order import Order

__all__ = ["Workplace", "workplace"]


class Workplace:
    """Where the calls of orders with one key run. At most one exists in a process."""

    def __init__(self, key: str) -> None:
        self.key = key
        _stay_importable()
        self._pid = os.getpid()
        # What bodies start ends with this process, in whatever way Spark ends that.
        self._guardian = Guardian()
        self._body: Body | None = None
        self._root = ""
        self._folder = ""

    def body(self, order: Order) -> Body:
        """Return the process that runs bodies, started if there is none.

        Raises
        ------
        ExecutorError
            The project's code cannot run here.
        """
        if self._body is None:
            if not self._root:
                _adapt(json.dumps(order.manifest, sort_keys=True))
                self._root = _code_folder(order)
                self._folder = order.cwd if os.path.isdir(order.cwd) else self._root
            self._body = Body(order, self._root, self._folder, self._guardian.mark)
        return self._body

    def end_body(self) -> None:
        """End the process that runs bodies; the next call gets another one."""
        body, self._body = self._body, None
        if body is not None:
            body.end()

    def close(self) -> None:
        """End all."""
        self.end_body()
        self._guardian.dismiss()


_kept: list[Workplace] = []


def workplace(order: Order) -> Workplace:
    """Return the workplace for an order; one with other code makes room for it."""
    if _kept and _kept[0].key != order.key:
        _kept.pop().close()
    if not _kept:
        _kept.append(Workplace(order.key))
    return _kept[0]


def _stay_importable() -> None:
    """Let what was sent along be found from other folders too: Spark names it relative to that of its executor."""
    sys.path[:] = [os.path.abspath(entry) if entry else entry for entry in sys.path]
    for module in list(sys.modules.values()):
        path = getattr(module, "__path__", None)
        if isinstance(path, list):
            path[:] = map(os.path.abspath, path)
    sys.path_importer_cache.clear()


@lru_cache(maxsize=1)
def _adapt(manifest: str) -> None:
    from redun.config import Config
    from redun.host.host import Host
    from redun.host.wiring import connect
    from redun.worker.surroundings import adapt

    host = Host()
    connect(host, Config())
    adapt(json.loads(manifest), host)


def _code_folder(order: Order) -> str:
    if order.code is None:
        return order.root if os.path.isdir(order.root) else os.getcwd()
    from pyspark import SparkFiles
    from redun.executors.packaging import unpacked

    with TemporaryDirectory() as folder:
        # Under the name that it has among code packages.
        path = os.path.join(folder, order.code.removesuffix(".redun"))
        os.symlink(os.path.abspath(SparkFiles.get(order.code)), path)
        return unpacked(path)
