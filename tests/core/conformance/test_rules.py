"""No test of a suite is left out without a reason."""

from __future__ import annotations

import pytest
from redun.testing import ExecutorConformance, FileSystemConformance


def test_an_override_needs_a_reason() -> None:
    with pytest.raises(TypeError, match=r"Sloppy\.test_globs overrides a test of FileSystemConformance"):

        class Sloppy(FileSystemConformance):
            def test_globs(self) -> None:  # type: ignore[override]
                pass

    with pytest.raises(TypeError, match=r"test_timeout overrides"):

        class Unreasoned(ExecutorConformance):
            @pytest.mark.xfail
            def test_timeout(self) -> None:  # type: ignore[override]
                pass


def test_an_override_with_a_reason() -> None:
    class Honest(ExecutorConformance):
        @pytest.mark.xfail(reason="the queue of this service knows no timeouts")
        def test_timeout(self) -> None:  # type: ignore[override]
            pass

        def test_something_of_its_own(self) -> None:
            pass

    assert issubclass(Honest, ExecutorConformance)
