"""Measures redun beside other workflow libraries and beside a program without an engine: `python -m benchmarks`."""
