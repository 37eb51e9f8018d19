"""Proxies: hooks for classes that belong to somebody else, as a workflow uses them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from redun import File, Scheduler, task
from redun.config import Config
from redun.errors import UnreadableValueError
from redun.hashing.values import hash_value
from redun.value import FileCache, ProxyValue, Value, get_type_registry
from redun.value.names import type_name
from redun.value.seal import is_external, seal, unseal


class Account:
    """A class that knows nothing of redun."""

    def __init__(self, name: str, noise: int = 0) -> None:
        self.name = name
        self.noise = noise


class Savings(Account):
    pass


OPEN = {"ann", "bob"}


class AccountProxy(ProxyValue):
    type = Account
    type_name = "bank.Account"

    def get_hash(self, data: bytes | None = None) -> str:
        return str(self.instance.name)

    def is_valid(self) -> bool:
        return self.instance.name in OPEN

    def serialize(self) -> bytes:
        return self.instance.name.encode()  # type: ignore[no-any-return]

    @classmethod
    def deserialize(cls, raw_type: Any, data: bytes) -> Any:
        return raw_type(data.decode())

    @classmethod
    def parse_arg(cls, raw_type: Any, arg: str) -> Any:
        return raw_type(arg.lower())


class Model:
    def __init__(self, weights: list[float]) -> None:
        self.weights = weights


class ModelFiles(FileCache):
    type = Model


made: list[str] = []


@task(version="1", namespace="proxies")
def open_account(name: str) -> Account:
    made.append(name)
    return Account(name, noise=len(made))


@task(version="1", namespace="proxies")
def train(seed: int) -> Model:
    made.append(f"model {seed}")
    return Model([seed / 2])


@task(version="1", namespace="proxies")
def weights(model: Model) -> list[float]:
    return model.weights


def run(expr: Any, folder: Path) -> Any:
    with Scheduler(Config({"backend": {"db_uri": f"sqlite:///{folder}/r.db"}})) as scheduler:
        return scheduler.run(expr)


def test_a_proxy_decides_hash_storage_and_name_also_for_subclasses() -> None:
    assert hash_value(Account("ann", 1)) == hash_value(Account("ann", 2))
    assert hash_value(Account("ann")) != hash_value(Account("bob"))
    assert hash_value(Account("ann")) != hash_value(Savings("ann"))
    assert hash_value([Account("ann", 1)]) == hash_value([Account("ann", 2)])
    assert type_name(Account) == "bank.Account"
    sealed = seal({"a": [Account("ann", 3)]})
    (back,) = unseal(sealed.payload, sealed.format)["a"]
    assert (type(back), back.name, back.noise) == (Account, "ann", 0)
    assert is_external(Savings)


def test_a_value_that_its_proxy_finds_invalid_is_made_again(tmp_path: Path) -> None:
    made.clear()
    run(open_account("ann"), tmp_path)
    assert run(open_account("ann"), tmp_path).name == "ann"
    assert made == ["ann"]
    OPEN.remove("ann")
    try:
        run(open_account("ann"), tmp_path)
    finally:
        OPEN.add("ann")
    assert made == ["ann", "ann"]


def test_file_cache_keeps_values_in_files(tmp_path: Path) -> None:
    made.clear()
    ModelFiles.base_path = str(tmp_path / "models")
    assert run(weights(train(3)), tmp_path) == [1.5]
    (stored,) = (tmp_path / "models").iterdir()
    assert run(weights(train(3)), tmp_path) == [1.5]
    assert made == ["model 3"]
    stored.unlink()
    # Another task needs the model, whose file is gone.
    assert run([train(3)], tmp_path)[0].weights == [1.5]
    assert made == ["model 3", "model 3"]


def test_file_cache_says_which_file_is_gone(tmp_path: Path) -> None:
    ModelFiles.base_path = str(tmp_path)
    sealed = seal(Model([1.0]))
    for path in tmp_path.iterdir():
        path.unlink()
    with pytest.raises(
        UnreadableValueError, match=f"The file {tmp_path}/[0-9a-f]{{40}} that holds a stored value is gone"
    ):
        unseal(sealed.payload, sealed.format)


class Basket(Value):
    """Holds files where nobody would look for them."""

    def __init__(self, path: str) -> None:
        self.hidden = {"file": File(path)}

    def iter_subvalues(self) -> Any:
        yield self.hidden["file"]


@task(version="1", namespace="proxies")
def pack(path: str) -> Basket:
    made.append("basket")
    File(path).write("content")
    return Basket(path)


def test_subvalues_of_a_value_must_hold_too(tmp_path: Path) -> None:
    made.clear()
    path = str(tmp_path / "in.txt")
    run(pack(path), tmp_path)
    run(pack(path), tmp_path)
    assert made == ["basket"]
    (tmp_path / "in.txt").write_text("other")
    run(pack(path), tmp_path)
    assert made == ["basket", "basket"]


def test_the_type_registry_answers_for_any_type(tmp_path: Path) -> None:
    registry = get_type_registry()
    assert registry.parse_type_name("fractions.Fraction") is Fraction
    assert registry.parse_arg(Account, "ANN").name == "ann"
    assert registry.is_valid(Account("ann"))
    assert not registry.is_valid_nested([Account("nobody")])
    assert registry.get_hash(1) == hash_value(1).hex()
    with pytest.raises(TypeError, match=r"No type is named 'fractions\.Nothing'"):
        registry.parse_type_name("fractions.Nothing")
    with pytest.raises(TypeError, match="is no type but"):
        registry.parse_type_name("math.pi")
