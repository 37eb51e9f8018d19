"""Value types of plugins: how they hash, judge and store values of a foreign class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
from redun.config import Config
from redun.errors import PluginError
from redun.hashing.values import hash_value
from redun.host import Host
from redun.host.wiring import connect
from redun.value.names import type_name
from redun.value.seal import seal, unseal
from redun.value.treatment import set_treatment_resolver

MakeHost = Callable[..., Host]
Install = Callable[..., None]

PLUGIN = """
from redun.value import ProxyValue

@hookimpl
def redun_value_types():
    return [ValueTypeSpec("fractions.Fraction", f"{__name__}:Rounded")]

class Rounded(ProxyValue):
    type_name = "maths.Rounded"

    def get_hash(self, data=None):
        return str(round(self.instance))

    def serialize(self):
        return str(round(self.instance)).encode()

    @classmethod
    def deserialize(cls, raw_type, data):
        return raw_type(int(data))
"""


@pytest.fixture(autouse=True)
def _disconnect() -> Iterator[None]:
    yield
    set_treatment_resolver(None)


class Weight(Fraction):
    pass


def test_a_plugin_treats_a_type_and_its_subclasses(install: Install, make_host: MakeHost) -> None:
    before = hash_value(Fraction(1, 3))
    assert before != hash_value(Fraction(1, 4))
    install("rounding", PLUGIN)
    connect(make_host(), Config())
    assert hash_value(Fraction(1, 3)) == hash_value(Fraction(1, 4)) != before
    assert hash_value(Weight(1, 3)) == hash_value(Weight(1, 4))
    sealed = seal([Fraction(7, 2)])
    assert unseal(sealed.payload, sealed.format) == [Fraction(4)]
    assert type_name(Weight) == "maths.Rounded"
    set_treatment_resolver(None)
    assert hash_value(Fraction(1, 3)) == before


def test_a_value_type_that_cannot_be_imported_fails_with_the_plugin_s_name(
    install: Install, make_host: MakeHost
) -> None:
    install("rounding", PLUGIN.replace(":Rounded", ":Missing"))
    connect(make_host(), Config())
    with pytest.raises(PluginError, match="rounding"):
        hash_value(Fraction(1, 3))
