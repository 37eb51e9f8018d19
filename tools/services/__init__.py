"""Local servers for tests and examples: S3, AWS Batch, container engines, networks with faults, clean environments.

Everything here is a context manager: it starts on entering, answers before the body begins, and is gone afterwards,
whatever ends the process that started it. README.md beside this file tells what there is and how to provoke faults.
"""
