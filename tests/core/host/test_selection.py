"""Leaving plugins out: command line, environment, configuration."""

from __future__ import annotations

import pytest
from redun.config import Config
from redun.errors import ConfigError
from redun.host import Origin, Selection

BATCH = Origin("batch", "redun-executor-batch", "1.0")
S3 = Origin("s3", "redun-fs-s3", "2.0")


def reasons(selection: Selection) -> list[str | None]:
    return [selection.reason(BATCH), selection.reason(S3)]


def test_everything_is_loaded_by_default() -> None:
    assert reasons(Selection.read(environ={})) == [None, None]


@pytest.mark.parametrize("name", ["batch", "Batch", "redun-executor-batch", "redun_executor.batch"])
def test_command_line_names_plugin_or_distribution(name: str) -> None:
    selection = Selection.read([f"no:{name}"], environ={})
    assert reasons(selection) == [f"left out by -p no:{name}", None]


@pytest.mark.parametrize("option", ["batch", "no:", "no", "yes:batch", ""])
def test_command_line_takes_nothing_else(option: str) -> None:
    with pytest.raises(ConfigError, match="write -p no:NAME"):
        Selection.read([option], environ={})


def test_no_plugins() -> None:
    assert reasons(Selection.read(no_plugins=True, environ={})) == ["left out by --no-plugins"] * 2


def test_environment_lists_what_to_load() -> None:
    selection = Selection.read(environ={"REDUN_PLUGINS": "s3, other"})
    assert reasons(selection) == ["not listed by REDUN_PLUGINS", None]
    assert selection.missing([BATCH, S3]) == {"other": "REDUN_PLUGINS"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("batch", ["left out by REDUN_DISABLE_PLUGINS", None]),
        ("batch redun-fs-s3", ["left out by REDUN_DISABLE_PLUGINS"] * 2),
        ("1", ["left out by REDUN_DISABLE_PLUGINS=1"] * 2),
        ("all", ["left out by REDUN_DISABLE_PLUGINS=all"] * 2),
        ("0", [None, None]),
        ("", [None, None]),
    ],
)
def test_environment_lists_what_to_leave_out(value: str, expected: list[str | None]) -> None:
    assert reasons(Selection.read(environ={"REDUN_DISABLE_PLUGINS": value})) == expected


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"disable": "batch"}, ["left out by `disable` in section [plugins]", None]),
        ({"only": "batch"}, [None, "not listed by `only` in section [plugins]"]),
        ({"load": "no"}, ["left out by `load` in section [plugins]"] * 2),
        ({"load": "yes"}, [None, None]),
    ],
)
def test_configuration(section: dict[str, str], expected: list[str | None]) -> None:
    assert reasons(Selection.read(environ={}, config=Config({"plugins": section}))) == expected


def test_configuration_that_is_ill_formed_says_where() -> None:
    with pytest.raises(ConfigError, match=r"section \[plugins\], option 'load'"):
        Selection.read(environ={}, config=Config({"plugins": {"load": "perhaps"}}))


def test_leaving_out_wins_over_listing() -> None:
    selection = Selection.read(["no:s3"], environ={"REDUN_PLUGINS": "s3"})
    assert reasons(selection) == ["not listed by REDUN_PLUGINS", "left out by -p no:s3"]


def test_environment_replaces_the_list_of_the_configuration() -> None:
    config = Config({"plugins": {"only": "s3"}})
    assert reasons(Selection.read(environ={"REDUN_PLUGINS": "batch"}, config=config))[0] is None
