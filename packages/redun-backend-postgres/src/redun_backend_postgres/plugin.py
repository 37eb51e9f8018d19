"""What this distribution supplies, as redun asks for it; imports nothing of PostgreSQL."""

from __future__ import annotations

from redun.plugin import RecorderSpec, hookimpl

REDUN_API = 1

_PACKAGE = "redun_backend_postgres"
# The second is how 0.44 and other tools may spell it.
_SCHEMES = ("postgresql", "postgres")


@hookimpl
def redun_recorders() -> list[RecorderSpec]:
    return [
        RecorderSpec(
            scheme,
            f"{_PACKAGE}.recorder:PostgresRecorder",
            database=f"{_PACKAGE}.reader_database:PostgresDatabase",
            session=f"{_PACKAGE}.session:Session",
            upkeep=f"{_PACKAGE}.upkeep:PostgresUpkeep",
        )
        for scheme in _SCHEMES
    ]
