"""The values of this workflow: which of their properties count, and how they are typed on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist

from redun.value import ProxyValue, Value


class Weighting(Enum):
    """How much each measurement counts. An enum needs nothing: members are known by their names and values."""

    BY_ERROR = "inverse square of its error"
    EQUAL = "one"


@dataclass(frozen=True)
class Date:
    """What a laboratory found. A dataclass needs nothing either: it is known by its fields."""

    laboratory: str
    age: NormalDist


class Ages(Value):
    """Ages measured independently, so that their order does not count."""

    type_name = "carbon.Ages"

    def __init__(self, ages: Sequence[NormalDist]) -> None:
        self.ages = list(ages)

    def get_hash(self, data: bytes | None = None) -> str:
        return " ".join(sorted(map(written, self.ages)))


class AgeProxy(ProxyValue):
    """Hooks for a class of somebody else: `statistics.NormalDist`, a value with an error."""

    type = NormalDist
    type_name = "carbon.Age"

    def get_hash(self, data: bytes | None = None) -> str:
        return written(self.instance)

    @classmethod
    def parse_arg(cls, raw_type: type[NormalDist], arg: str) -> NormalDist:
        age, error = arg.split("±")
        return raw_type(float(age), float(error))


def written(age: NormalDist) -> str:
    """An age to a tenth of a year: digits beyond are noise, and noise must not make anything run again."""
    return f"{age.mean:.1f}±{age.stdev:.1f}"
