"""The versions of the schema, oldest first: what a database may be stamped with.

Floor: recorder. Kept apart from the migrations, so that opening a database of the present version needs no Alembic.
"""

from __future__ import annotations

__all__ = ["BEFORE_1_0", "EARLIER_RECORD", "HEAD", "REVISIONS"]

REVISIONS = ("1.0", "1.1", "1.2", "1.3")
HEAD = REVISIONS[-1]

BEFORE_1_0 = "redun_version"
"""A table that records of redun before 1.0 have, and no later one."""

EARLIER_RECORD = (
    "{path} is the record of a redun before 1.0, which this redun neither reads nor changes: keep it for that redun, "
    "and name another place, for instance `db_uri = sqlite:///redun1.db` in section [backend] of redun.ini"
)
