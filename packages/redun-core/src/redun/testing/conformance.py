"""What suites have in common: nobody leaves out a test without saying why.

Floor: composition.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Conformance"]


class Conformance:
    """Base of suites.

    A test of a suite may be overridden only by one that is marked ``@pytest.mark.xfail(reason=...)``. What an
    implementation cannot do by its nature is said by the suite's switches instead.

    Raises
    ------
    TypeError
        A subclass overrides a test.
    """

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for base in cls.__mro__[1:]:
            if not (issubclass(base, Conformance) and base.__module__.startswith("redun.testing.")):
                continue
            for name, value in vars(cls).items():
                if name.startswith("test_") and name in vars(base) and not _is_reasoned(value):
                    raise TypeError(
                        f"{cls.__module__}.{cls.__qualname__}.{name} overrides a test of {base.__name__}. If the test "
                        "does not apply, mark its override with pytest.mark.xfail and a reason."
                    )


def _is_reasoned(test: Any) -> bool:
    marks = getattr(test, "pytestmark", [])
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)
