"""The log of redun, under the name by which workflows know it.

Floor: ground. How it is shown is up to the program: redun adds no handler. What jobs log is kept with them.
"""

from __future__ import annotations

import logging

__all__ = ["logger"]

logger = logging.getLogger("redun")
"""The logger `redun`."""
