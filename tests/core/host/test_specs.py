"""Records of what plugins supply: names in one spelling, mistakes reported where they are made."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from redun import plugin
from redun.errors import PluginError
from redun.plugin import (
    CommandSpec,
    ExecutorSpec,
    FileSystemSpec,
    RecorderSpec,
    TaskOptionSpec,
    ValueTypeSpec,
)

TARGET = "package.module:Class"


@pytest.mark.parametrize(
    ("spec", "key", "name"),
    [
        (ExecutorSpec(" AWS-Batch ", TARGET), "name", "aws_batch"),
        (RecorderSpec("PostgreSQL://", TARGET), "scheme", "postgresql"),
        (RecorderSpec("postgresql+psycopg", TARGET), "scheme", "postgresql+psycopg"),
        (FileSystemSpec("S3", TARGET), "scheme", "s3"),
        (ValueTypeSpec(" numpy.ndarray", TARGET), "type_name", "numpy.ndarray"),
        (CommandSpec(" aws   Logs ", TARGET), "path", "aws logs"),
        (TaskOptionSpec("queue ", str), "name", "queue"),
    ],
)
def test_names_have_one_spelling(spec: Any, key: str, name: str) -> None:
    assert getattr(spec, key) == name


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExecutorSpec("my executor", TARGET), "ExecutorSpec: name 'my executor' is ill-formed"),
        (lambda: ExecutorSpec("", TARGET), "name '' is ill-formed; write it like 'aws_batch'"),
        (lambda: RecorderSpec("1x", TARGET), "scheme '1x' is ill-formed"),
        (lambda: FileSystemSpec("s3:", TARGET), "scheme 's3:' is ill-formed"),
        (lambda: ValueTypeSpec("numpy ndarray", TARGET), "type_name 'numpy ndarray' is ill-formed"),
        (lambda: CommandSpec("--help", TARGET), "path '--help' is ill-formed"),
        (lambda: TaskOptionSpec("a-b", str), "name 'a-b' is ill-formed"),
        (lambda: TaskOptionSpec("a", "str"), "type 'str' is neither a type nor a tuple of types"),
        (lambda: TaskOptionSpec("a", ()), "is neither a type nor a tuple of types"),
        (lambda: ExecutorSpec("a", "package.module.Class"), "target 'package.module.Class' is ill-formed"),
        (lambda: FileSystemSpec("a", "module:"), "target 'module:' is ill-formed"),
        (lambda: CommandSpec("a", "mo dule:x"), "target 'mo dule:x' is ill-formed"),
    ],
)
def test_mistakes_are_reported_at_once(make: Any, message: str) -> None:
    with pytest.raises(PluginError) as caught:
        make()
    assert message in str(caught.value)


def test_specs_are_frozen_values() -> None:
    spec = ExecutorSpec("a", TARGET, "Help.")
    assert spec == ExecutorSpec("A", TARGET, "Help.")
    assert hash(spec) == hash(ExecutorSpec("A", TARGET, "Help."))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        spec.name = "b"  # type: ignore[misc]


def test_facade_is_complete() -> None:
    assert sorted(plugin.__all__) == plugin.__all__
    assert all(hasattr(plugin, name) for name in plugin.__all__)
    assert plugin.API_VERSION == 1
