"""What this distribution supplies, as redun asks for it; imports nothing of PostgreSQL."""

from __future__ import annotations

from redun.plugin import RecorderSpec, hookimpl

REDUN_API = 1

_TARGET = "redun_backend_postgres.recorder:PostgresRecorder"


@hookimpl
def redun_recorders() -> list[RecorderSpec]:
    # The second is how 0.44 and other tools may spell it.
    return [RecorderSpec("postgresql", _TARGET), RecorderSpec("postgres", _TARGET)]
