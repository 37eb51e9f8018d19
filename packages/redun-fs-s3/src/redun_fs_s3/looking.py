"""What many objects are known by, in few requests.

A page of a listing tells of a thousand keys at once, asking for one tells of one. So the wanted keys are walked in
their order: where they lie close together, pages are listed; where they lie far apart, objects are asked for one by
one, several at a time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import groupby

from redun.filesystems import Fingerprint, RedunFileNotFoundError, RedunPermissionError
from redun.filesystems.base import DIRECTORY, MISSING

from redun_fs_s3.connection import Connection
from redun_fs_s3.location import Location
from redun_fs_s3.objects import Page, any_below, entry_of, head, pages

__all__ = ["absent", "fingerprint", "fingerprints"]

DENSE = 16
"""Wanted keys on a page from which on listing is cheaper than asking for each."""


def fingerprint(connection: Connection, location: Location) -> Fingerprint:
    """Return what one object is known by now."""
    headers = head(connection, location)
    if headers is not None:
        return entry_of(location.key, headers).fingerprint
    return absent(connection, location)


def absent(connection: Connection, location: Location) -> Fingerprint:
    """Return what a location is known by where there is no object."""
    return DIRECTORY if any_below(connection, location) else MISSING


def fingerprints(connection: Connection, locations: Sequence[Location]) -> dict[Location, Fingerprint]:
    """Return what objects, of whatever buckets, are known by now."""
    listed: dict[Location, Fingerprint] = {}
    single: list[Location] = []
    without: list[Location] = []
    wanted = sorted(set(locations), key=lambda location: (location.bucket, location.key))
    for bucket, group in groupby(wanted, key=lambda location: location.bucket):
        several: list[Location] = []
        for location in group:
            listable = location.key and not location.version and not location.key.endswith("/")
            (several if listable else single).append(location)
        # Buckets of one availability zone list in no order.
        if len(several) < DENSE or bucket.endswith("--x-s3"):
            single += several
        else:
            _walk(connection, several, listed, single, without)
    listed.update(zip(single, connection.map(lambda one: fingerprint(connection, one), single), strict=True))
    listed.update(zip(without, connection.map(lambda one: absent(connection, one), without), strict=True))
    return listed


def _walk(
    connection: Connection,
    wanted: list[Location],
    listed: dict[Location, Fingerprint],
    single: list[Location],
    without: list[Location],
) -> None:
    """List where it pays; put the rest where it is asked for one by one."""
    apart = DENSE
    start = 0
    while len(wanted) - start >= DENSE:
        directory = _directory_of(wanted[start], wanted[start + DENSE - 1])
        try:
            page = _page_from(connection, directory, wanted[start].key)
        except (RedunPermissionError, RedunFileNotFoundError):
            break
        keys = [entry.key for entry in page.entries]
        end = f"{directory.key}\U0010ffff" if page.last else keys[-1]
        stop = bisect_right(wanted, end, start, key=_key)
        for location in wanted[start:stop]:
            found = _on_page(location.key, page, keys)
            if found is None:
                without.append(location)
            else:
                listed[location] = found
        if stop - start >= DENSE or stop == len(wanted):
            apart = DENSE
        else:
            # Few of them here: ask for a stretch one by one, the longer the further they lie apart.
            single += wanted[stop : stop + apart]
            stop, apart = stop + apart, apart * 2
        start = stop
    single += wanted[start:]


def _directory_of(first: Location, last: Location) -> Location:
    """Return the directory that two keys share, for whoever may list no more than that one."""
    shared = 0
    for mine, other in zip(first.key, last.key, strict=False):
        if mine != other:
            break
        shared += 1
    return first.at(first.key[: first.key.rfind("/", 0, shared) + 1])


def _page_from(connection: Connection, directory: Location, key: str) -> Page:
    """Return the first page of keys that begins at a key, or a little before."""
    before = key[:-1]
    return next(pages(connection, directory, after=before if len(before) > len(directory.key) else ""))


def _on_page(key: str, page: Page, keys: list[str]) -> Fingerprint | None:
    """Return what a page tells of a key that lies within it; None if what lies below the key comes later."""
    at = bisect_left(keys, key)
    if keys[at : at + 1] == [key]:
        return page.entries[at].fingerprint
    below = bisect_left(keys, f"{key}/", at)
    if below < len(keys):
        return DIRECTORY if keys[below].startswith(f"{key}/") else MISSING
    return MISSING if page.last else None


def _key(location: Location) -> str:
    return location.key
