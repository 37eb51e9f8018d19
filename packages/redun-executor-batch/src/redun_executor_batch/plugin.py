"""What this distribution supplies, as redun asks for it; imports nothing of AWS."""

from __future__ import annotations

REDUN_API = 1
