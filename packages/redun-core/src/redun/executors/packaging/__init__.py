"""Code packages: the project's code, sent to where calls run.

Floor: executors. A package is an archive named after the hash of its content, so equal code is sent once, by whoever
sends it first. The names below are imported when they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redun.on_demand import importer

if TYPE_CHECKING:
    from redun.executors.packaging.options import Packaging
    from redun.executors.packaging.packing import Archive, archive
    from redun.executors.packaging.unpacking import unpack, unpacked
    from redun.executors.packaging.uploading import CodePackages, upload

__all__ = ["Archive", "CodePackages", "Packaging", "archive", "unpack", "unpacked", "upload"]

_MODULES = {
    "Archive": "packing",
    "CodePackages": "uploading",
    "Packaging": "options",
    "archive": "packing",
    "unpack": "unpacking",
    "unpacked": "unpacking",
    "upload": "uploading",
}
__getattr__ = importer(__name__, {name: f"{__name__}.{module}" for name, module in _MODULES.items()})
