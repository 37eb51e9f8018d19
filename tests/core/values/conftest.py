"""Makes the shared classes of this folder importable by name, as pickle needs them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
