"""A redun plugin: decimal numbers are known by their size, not by how many zeros they end with."""

from __future__ import annotations

from redun.plugin import ValueTypeSpec, hookimpl

REDUN_API = 1


@hookimpl
def redun_value_types() -> list[ValueTypeSpec]:
    """Name the type and what treats it; that is imported when the first decimal number is met."""
    return [ValueTypeSpec("decimal.Decimal", "redun_value_decimal.proxy:DecimalProxy")]
