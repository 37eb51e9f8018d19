"""The lines of code that differ."""

from __future__ import annotations

from redun.recorder.explaining.code import unified


def test_lines_that_look_like_headers_are_shown() -> None:
    assert unified("a\n--\nb", "a\n++\nb") == ("@@ -1,3 +1,3 @@", " a", "---", "+++", " b")
