"""`redun.glue`: workflows for AWS Glue can be imported where neither Glue nor Spark is, and say what is missing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
import redun.glue
from redun.errors import UnknownProviderError


@pytest.fixture
def no_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redun_executor_spark", None)


@pytest.mark.usefixtures("no_plugin")
def test_functions_are_functions_without_the_plugin() -> None:
    @redun.glue.udf
    def once(x: int) -> int:
        return x

    @redun.glue.udf(return_type="int")
    def twice(x: int) -> int:
        return 2 * x

    assert (once(1), twice(1)) == (1, 2)


@pytest.mark.usefixtures("no_plugin")
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("get_spark_session", redun.glue.get_spark_session),
        ("get_spark_context", redun.glue.get_spark_context),
        ("get_num_workers", redun.glue.get_num_workers),
        ("sql_query", lambda: redun.glue.sql_query(None, "select 1")),
        ("load_datacatalog_spark_dataset", lambda: redun.glue.load_datacatalog_spark_dataset("a", "b")),
        ("clean_datacatalog_table", lambda: redun.glue.clean_datacatalog_table("a", "b")),
    ],
)
def test_the_plugin_is_named(name: str, call: Callable[[], Any]) -> None:
    with pytest.raises(UnknownProviderError, match=rf"^{name}\(\) needs .*pip install redun-executor-spark"):
        call()


def test_glue_is_elsewhere() -> None:
    for call in (redun.glue.get_glue_context, lambda: redun.glue.setup_glue_job("job", {})):
        with pytest.raises(
            UnknownProviderError, match=r"no context of AWS Glue here.*get_spark_session\(\) gives"
        ):
            call()
