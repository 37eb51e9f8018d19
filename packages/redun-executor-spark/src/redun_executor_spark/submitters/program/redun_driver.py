"""The main program of an application that runs one call: `redun_driver.py RESULT-OPTIONS WORKER-ARGUMENTS...`."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    # Spark imports it anew where it runs Python functions of its own.
    from redun_executor_spark.submitters.driving import main

    sys.exit(main(sys.argv[1:]))
