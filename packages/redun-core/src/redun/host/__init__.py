"""The plugin host: finds plugins, loads them one by one, and asks or tells them through hooks.

Floor: host. `Host` is the one door; the modules behind it do one thing each: `hookspecs` says what can be
asked, `discovery` finds what is installed, `selection` leaves plugins out, `checks` refuses what does not
fit, `relay` calls hooks and isolates what they raise, `offers` keeps who supplies what, `targets`
imports what is supplied, `unknown` explains what is not, `builtin` supplies core's own, `listing` shows all
of it.
"""

from __future__ import annotations

from redun.host.failure import PluginFailure
from redun.host.host import Host
from redun.host.origin import Origin
from redun.host.selection import Selection

__all__ = ["Host", "Origin", "PluginFailure", "Selection"]
