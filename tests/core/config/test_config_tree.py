"""The configuration tree: sections, options, typed look-ups, and errors that say where an option stands."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redun.config import Config, Section
from redun.errors import ConfigError

INI = """\
# comment
[backend]
db_uri = sqlite:///redun.db
CamelCase: kept

[executors.default]
type = local
max_workers = 20

[executors.big]
type = aws_batch
image = one
  two

[limits]
gpu = 2
"""


@pytest.fixture
def config() -> Config:
    config = Config(environ={})
    config.read_string(INI, "redun.ini")
    return config


def test_sections_nest_by_dots(config: Config) -> None:
    assert list(config) == ["backend", "executors", "limits"]
    assert list(config.keys()) == ["backend", "executors", "limits"]
    assert dict(config.items())["limits"]["gpu"] == "2"
    executors = config["executors"]
    assert list(executors) == ["default", "big"]
    default = executors["default"]
    assert isinstance(default, Section)
    assert dict(default) == {"type": "local", "max_workers": "20"}
    assert list(executors.sections()) == ["default", "big"]
    assert config["executors.default"].name == "executors.default"


def test_option_names_keep_their_case_and_values_their_lines(config: Config) -> None:
    assert config["backend"]["CamelCase"] == "kept"
    assert "camelcase" not in config["backend"]
    assert config.section("executors.big").get_str("image") == "one\ntwo"


def test_absent_sections_are_empty(config: Config) -> None:
    assert config.get("nothing") is None
    assert "nothing" not in config
    with pytest.raises(KeyError):
        config["nothing"]
    assert dict(config.section("nothing")) == {}
    assert config.section("nothing").get_int("a", 3) == 3
    with pytest.raises(KeyError):
        config["backend"]["nothing"]


def test_later_text_wins_option_by_option(config: Config) -> None:
    config.read_string("[executors.default]\nmax_workers = 3\n", "more.ini")
    assert dict(config.section("executors.default")) == {"type": "local", "max_workers": "3"}


def test_dict_with_dotted_and_nested_names_reads_the_same() -> None:
    dotted = Config({"executors.default": {"type": "local", "max_workers": 2}})
    nested = Config({"executors": {"default": {"type": "local", "max_workers": 2}}})
    assert dotted.get_config_dict() == nested.get_config_dict()
    assert dict(nested.section("executors.default")) == {"type": "local", "max_workers": "2"}
    assert list(nested["executors"]) == ["default"]


@pytest.mark.parametrize("bad", [{"backend": "x"}, {"backend": {"db_uri": None}}])
def test_dict_that_is_no_configuration(bad: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"backend|db_uri"):
        Config(bad)


def test_defaults_reach_every_written_section() -> None:
    config = Config(environ={})
    config.read_string(
        "[DEFAULT]\nregion = eu\n[executors.x]\ntype = a\nzone = ${region}-1\n[executors.y]\nregion = us\n"
    )
    assert dict(config.section("executors.x")) == {"type": "a", "zone": "eu-1", "region": "eu"}
    assert config.section("executors.y").get_str("region") == "us"
    assert list(config) == ["executors"]
    assert list(config["executors"]) == ["x", "y"]
    assert config.section("absent").get_str("region") is None


def test_typed_lookups() -> None:
    section = Config(
        {"s": {"int": " 12", "float": "1e-3", "yes": "On", "no": "FALSE", "list": "a, b\n c", "empty": ""}}
    ).section("s")
    assert section.get_int("int") == 12
    assert section.get_float("float") == 0.001
    assert section.get_bool("yes") is True
    assert section.get_bool("no") is False
    assert section.get_list("list") == ["a", "b", "c"]
    assert section.get_list("absent") == []
    assert section.get_str("absent") is None
    assert section.get_bool("absent", True) is True
    assert section.get_float("absent", 2.5) == 2.5
    assert section.require("int") == " 12"


@pytest.mark.parametrize(
    ("line", "method", "problem"),
    [
        ("n = many", "get_int", "'many' is no whole number"),
        ("n = 1.5", "get_int", "'1.5' is no whole number"),
        ("n = soon", "get_float", "'soon' is no finite number"),
        ("n = inf", "get_float", "'inf' is no finite number"),
        ("n = perhaps", "get_bool", "'perhaps' is neither true nor false"),
    ],
)
def test_ill_typed_option_names_file_line_section_and_option(line: str, method: str, problem: str) -> None:
    config = Config(environ={})
    config.read_string(f"[a]\nm = 1\n\n[scheduler]\nm = 1\n{line}\n", "/p/redun.ini")
    with pytest.raises(ConfigError) as caught:
        getattr(config.section("scheduler"), method)("n")
    assert str(caught.value) == f"/p/redun.ini, line 6, section [scheduler], option 'n': {problem}"


def test_minimum_is_checked() -> None:
    section = Config({"s": {"n": "-1"}}).section("s")
    with pytest.raises(ConfigError, match="-1 is less than 0"):
        section.get_int("n", minimum=0)
    with pytest.raises(ConfigError, match=r"-1 is less than 0.5"):
        section.get_float("n", minimum=0.5)


def test_missing_required_option_names_its_section() -> None:
    config = Config(environ={})
    config.read_string("[x]\n\n[executors.big]\nimage = a\n", "redun.ini")
    with pytest.raises(
        ConfigError, match=r"^redun.ini, line 3, section \[executors.big\]: the option 'type' is"
    ):
        config.section("executors.big").require("type")


TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
# Not from a regular expression: to invert it Hypothesis goes through all of Unicode.
NAME = st.text(string.ascii_letters + "_", min_size=1, max_size=6)


@pytest.mark.slow
@given(st.dictionaries(NAME, st.dictionaries(NAME, TEXT, max_size=4), max_size=4))
def test_config_dict_reads_back_the_same(sections: dict[str, dict[str, str]]) -> None:
    escaped = {s: {o: v.replace("$", "$$") for o, v in options.items()} for s, options in sections.items()}
    config = Config(escaped)
    assert {name: dict(section) for name, section in config.items()} == sections
    again = Config(config.get_config_dict(), environ={})
    assert {name: dict(section) for name, section in again.items()} == sections


def test_config_dict_replaces_the_config_dir() -> None:
    config = Config({"a": {"path": "/home/x/.redun/data"}}, configdir="/home/x/.redun")
    assert config.get_config_dict("/elsewhere") == {"a": {"path": "/elsewhere/data"}}
