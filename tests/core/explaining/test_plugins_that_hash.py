"""A plugin that hashes values or tasks is another one: that is the cause, not what it hashed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from redun import Scheduler, task
from redun.config import Config
from redun.host import Host, Origin
from redun.plugin import hookimpl
from redun.recorder.explaining import CauseKind, explain_job


class Sample:
    """Known by what a plugin says of it."""

    def __repr__(self) -> str:
        return "Sample()"


def plugin(digest: bytes) -> Any:
    class Hasher:
        @hookimpl
        def redun_value_hasher(self, type: type) -> Callable[[Any], bytes] | None:  # noqa: A002
            return (lambda value: digest) if type is Sample else None

    return Hasher()


def test_the_version_of_a_plugin(tmp_path: Path) -> None:
    @task(namespace="hashed", version="1")
    def use(sample: Sample) -> int:
        return 1

    config = Config({"backend": {"db_uri": f"sqlite:///{tmp_path}/redun.db"}})
    for version, digest in (("1.0", b"one"), ("1.1", b"two")):
        host = Host()
        host.add_plugin(plugin(digest), Origin("samples", "redun-value-samples", version))
        scheduler = Scheduler(config, host=host)
        scheduler.run(use(Sample()))
        reader = scheduler.recorder.reader  # type: ignore[attr-defined]
        explanation = explain_job(reader, reader.jobs(reader.executions(1)[0].key)[-1])
        scheduler.close()
    (cause,) = explanation.causes
    assert (cause.kind, cause.name) == (CauseKind.PLUGIN, "samples")
    assert (cause.old, cause.new) == ("redun-value-samples 1.0", "redun-value-samples 1.1")
