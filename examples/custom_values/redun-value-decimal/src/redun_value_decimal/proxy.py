"""How decimal numbers are treated."""

from __future__ import annotations

from redun.value import ProxyValue


class DecimalProxy(ProxyValue):
    """Hooks for `decimal.Decimal`."""

    type_name = "decimal.Decimal"

    def get_hash(self, data: bytes | None = None) -> str:
        return str(self.instance.normalize())
