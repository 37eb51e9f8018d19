"""The parts of a large object: how long they are, and what is told of them.

Their lengths depend on nothing but their number and the configured one, so that the same content written again has the
same ETag. S3 takes 10,000 parts and 5 TiB: as nobody knows at the start how long a stream will be, parts grow, but
late, for until then they are those of `aws s3 cp`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["MOST", "Layout", "completed"]

MOST = 10_000
"""Parts that an object may have."""


@attrs.frozen
class Layout:
    """The lengths of parts.

    Attributes
    ----------
    first : int
        Bytes of the first parts.
    steady : int
        How many parts are that long.
    step : int
        After how many further ones they are longer by `first` again.

    Examples
    --------
    >>> layout = Layout(8 << 20)
    >>> [layout.length(number) >> 20 for number in (1, 1000, 1001, 1061)]
    [8, 8, 16, 24]
    >>> sum(map(layout.length, range(1, MOST + 1))) >= 5 << 40
    True
    """

    first: int
    steady: int = 1000
    step: int = 60

    def length(self, number: int) -> int:
        """Return the bytes of a part; the first has number 1."""
        longer = 0 if number <= self.steady else 1 + (number - self.steady - 1) // self.step
        return min(self.first * (1 + longer), 5 << 30)


def completed(number: int, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what completing an upload says of a part, from what the server answered when it took the part.

    Examples
    --------
    >>> completed(1, {"ETag": '"9b"', "ChecksumCRC32": "AAAAAA==", "LastModified": "today"})
    {'PartNumber': 1, 'ETag': '"9b"', 'ChecksumCRC32': 'AAAAAA=='}
    """
    checksums = {name: value for name, value in answer.items() if name.startswith("Checksum")}
    return {"PartNumber": number, "ETag": answer["ETag"], **checksums}
