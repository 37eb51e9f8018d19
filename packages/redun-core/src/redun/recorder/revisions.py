"""The versions of the schema, oldest first: what a database may be stamped with.

Floor: recorder. Kept apart from the migrations, so that opening a database of the present version needs no Alembic.
"""

from __future__ import annotations

__all__ = ["HEAD", "REVISIONS"]

REVISIONS = ("1.0", "1.1")
HEAD = REVISIONS[-1]
