"""References between options and to the environment."""

from __future__ import annotations

import pytest
from redun.config import Config
from redun.errors import ConfigError

ENVIRON = {"HOME": "/home/ada", "SECRET": "a$b${c}$$"}


def value(text: str, section: str = "a", option: str = "x") -> str:
    config = Config(environ=ENVIRON)
    config.read_string(text, "redun.ini")
    found = config.section(section).get_str(option)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a]\nx = ${y}/z\ny = 1", "1/z"),
        ("[a]\nx = ${b.c:y}\n[b.c]\ny = 2", "2"),
        ("[a]\nx = $${y}", "${y}"),
        ("[a]\nx = $$$$", "$$"),
        ("[a]\nx = ${HOME}", "/home/ada"),
        ("[a]\nx = ${b:y}\n[b]\ny = ${HOME}/data", "/home/ada/data"),
        ("[a]\nx = ${y}\ny = ${z}\nz = ${HOME}", "/home/ada"),
        ("[a]\nx = ${b:y}\n[b]\ny = ${z}\nz = own", "own"),
        ("[a]\nx = ${SECRET}", "a$b${c}$$"),
        ("[a]\nx = ${HOME}\nHOME = mine", "mine"),
        ("[DEFAULT]\ny = d\n[a]\nx = ${y}", "d"),
        ("[DEFAULT]\ny = d\n[a]\nx = ${DEFAULT:y}", "d"),
        ("[a]\nx = %(y)s 100%", "%(y)s 100%"),
    ],
)
def test_references(text: str, expected: str) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a]\n\nx = ${nope}", "neither an option 'nope' in section [a] nor an environment variable nope"),
        ("[a]\n\nx = ${b:nope}", "no option 'nope' in section [b]"),
        ("[a]\n\nx = ${b:HOME}\n[b]\nz = 1", "no option 'HOME' in section [b]"),
        ("[a]\n\nx = ${y}\ny = ${x}", "in a circle: a:x → a:y → a:x"),
        ("[a]\n\nx = ${x}", "in a circle: a:x → a:x"),
        ("[a]\n\nx = 5$", "lone '$'"),
        ("[a]\n\nx = ${y", "lone '$'"),
        ("[a]\n\nx = ${}", "lone '$'"),
    ],
)
def test_bad_references_are_reported_where_they_stand(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        value(text)
    assert str(caught.value).startswith("redun.ini, line 3, section [a], option 'x': ")
    assert problem in str(caught.value)


def test_bad_reference_harms_only_those_who_read_it() -> None:
    config = Config(environ={})
    config.read_string("[a]\nx = ${UNSET}\ny = fine\n[b]\nz = 1")
    assert config["a"]["y"] == "fine"
    assert list(config["a"]) == ["x", "y"]
    assert "x" in config["a"]


def test_environment_is_read_when_the_option_is(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config({"a": {"x": "${REDUN_TEST_LATE}"}})
    monkeypatch.setenv("REDUN_TEST_LATE", "now")
    assert config["a"]["x"] == "now"


def test_long_chains_of_references_resolve_or_say_so() -> None:
    count = 200
    options = {f"o{n}": f"${{o{n + 1}}}" for n in range(count)} | {f"o{count}": "end"}
    assert Config({"a": options}).section("a").get_str("o0") == "end"
