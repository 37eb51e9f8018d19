"""`python -m redun_cli`: the same command, where the script is not on the path."""

from __future__ import annotations

import sys

from redun_cli.main import main

if __name__ == "__main__":
    sys.exit(main())
