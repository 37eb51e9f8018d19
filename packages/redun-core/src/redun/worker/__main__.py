"""The command.

Floor: composition.
"""

from __future__ import annotations

import sys

from redun.worker.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
