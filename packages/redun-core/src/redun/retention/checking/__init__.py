"""Checking a record: what is recorded twice, or follows from something else that is recorded, must agree.

Floor: retention. Every check is a function that yields problems as it meets them. Nothing is unpickled, and nothing
grows with the record: rows are read in the order of their keys.
"""

from __future__ import annotations

from redun.retention.checking.problems import ADVICE, Problem, Severity
from redun.retention.checking.run import check, check_server, other_schema

__all__ = ["ADVICE", "Problem", "Severity", "check", "check_server", "other_schema"]
