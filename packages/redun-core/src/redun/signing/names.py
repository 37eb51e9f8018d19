"""How signatures are asked for, known without loading what makes them.

Floor: signing.
"""

from __future__ import annotations

__all__ = ["SECTION"]

SECTION = "signing"
