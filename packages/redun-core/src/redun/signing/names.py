"""How signatures are asked for, known without loading what makes them.

Floor: signing.
"""

from __future__ import annotations

__all__ = ["SECTION", "SIGNATURE_SIZE"]

SECTION = "signing"

SIGNATURE_SIZE = 25
"""Bytes of a signature, see `signing.signer`."""
