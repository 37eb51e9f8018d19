"""What docstrings say of parameters, in the three usual styles."""

from __future__ import annotations

import pytest
from redun_cli.run.docstring import split_docstring

NUMPY = """Sum up.

Details.

Parameters
----------
first, second : int
    Both
    count.
*rest : int
    The others.

Returns
-------
int
    No parameter.
"""

GOOGLE = """Sum up.

Details.

Args:
    first (int): Both
        count.
    second: Both count.
    *rest: The others.

Returns:
    int: No parameter.
"""

SPHINX = """Sum up.

Details.

:param int first: Both
    count.
:param second: Both count.
:param rest: The others.
:returns: No parameter.
"""


@pytest.mark.parametrize("doc", [NUMPY, GOOGLE, SPHINX], ids=["numpy", "google", "sphinx"])
def test_styles(doc: str) -> None:
    description, notes = split_docstring(doc)
    assert description == "Sum up.\n\nDetails."
    assert notes == {"first": "Both count.", "second": "Both count.", "rest": "The others."}


@pytest.mark.parametrize(
    ("doc", "description"), [(None, ""), ("One line.", "One line."), ("A\n\n    B", "A\n\nB")]
)
def test_a_docstring_without_parameters_is_all_description(doc: str | None, description: str) -> None:
    assert split_docstring(doc) == (description, {})
