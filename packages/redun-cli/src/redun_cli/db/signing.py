"""`redun db verify` and `redun db sign`.

Floor: command line.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import attrs
from redun.config.address import shown
from redun.errors import ConfigError
from redun.query.opening import changing, open_database
from redun.retention.signatures import Signature, judge_all, sign_all
from redun.signing.keys import configured_signer
from redun.signing.names import SECTION
from redun.signing.signer import Verdict

from redun_cli.db.progress import Progress
from redun_cli.db.sizes import count_text
from redun_cli.log.writing import write_lines

if TYPE_CHECKING:
    from redun.recorder.reader_database import OpenedDatabase
    from redun.signing.signer import Signer

    from redun_cli.invocation import Invocation

__all__ = ["sign", "verify"]

_SHOWN = 20

_MEANING = {
    Verdict.WRONG: "it is not what was signed: somebody without the key changed it, or it is damaged",
    Verdict.UNKNOWN: "the key is not among those of section [signing]",
    Verdict.UNSIGNED: "it was recorded without a key",
}
_ACTION = {
    Verdict.WRONG: "nothing; it is never read, and its call runs again when it is asked for",
    Verdict.UNKNOWN: (
        "put the key into section [signing], behind yours, if you trust its owner; `redun db sign --unknown` signs "
        "with your key what nobody has a key for any more, if you trust whoever could write to this record"
    ),
    Verdict.UNSIGNED: (
        "if you trust whoever could write to this record, `redun db sign --unsigned` signs it; else nothing, and its "
        "call runs again when it is asked for"
    ),
    Verdict.OLDER: "`redun db sign` signs it with the present key, after which the older one can be taken away",
}


@attrs.define
class _Tally:
    """What was found, with some examples of what is not accepted."""

    counts: Counter[Verdict] = attrs.field(factory=Counter)
    examples: dict[Verdict, list[Signature]] = attrs.field(factory=dict)
    unread: int = 0
    lost: list[Signature] = attrs.field(factory=list)
    signed: int = 0

    def add(self, one: Signature) -> None:
        self.signed += one.new is not None
        if one.verdict is not None:
            self.counts[one.verdict] += 1
            if not one.verdict.accepted:
                examples = self.examples.setdefault(one.verdict, [])
                if len(examples) < _SHOWN:
                    examples.append(one)
        elif one.trouble:
            self.lost.append(one)
        else:
            self.unread += 1

    @property
    def refused(self) -> int:
        """How many values are not accepted."""
        return sum(count for verdict, count in self.counts.items() if not verdict.accepted)


def verify(invocation: Invocation, *, everything: bool, as_json: bool) -> int:
    """Check the signatures of a record; return the exit code."""
    signer = _signer(invocation)
    with _looking(invocation) as database, Progress("verifying") as progress:
        store = invocation.value_store() if everything else None
        tally = _count(judge_all(database, signer, store, tell=progress))
        where = shown(str(database.location))
    if as_json:
        write_lines(json.dumps(_document(where, signer, tally), indent=2).splitlines())
    else:
        write_lines(_verified(where, signer, tally))
    return 1 if tally.refused or tally.lost else 0


def sign(invocation: Invocation, *, unsigned: bool, unknown: bool) -> None:
    """Sign with the present key what an older one signed, and what else was asked for."""
    signer = _signer(invocation)
    wanted = {Verdict.OLDER}
    wanted |= {Verdict.UNSIGNED} if unsigned else set()
    wanted |= {Verdict.UNKNOWN} if unknown else set()
    with (
        _looking(invocation) as database,
        changing(invocation.config, lambda: invocation.host) as session,
        Progress("signing") as progress,
    ):
        found = judge_all(database, signer, invocation.value_store(), sign=wanted, tell=progress)
        tally = _count(sign_all(session, found))
        where = shown(str(database.location))
    write_lines(_signed(where, signer, tally, wanted))


def _signer(invocation: Invocation) -> Signer:
    signer = configured_signer(invocation.config)
    if signer is None:
        raise ConfigError(
            f"no key signs this record: name one by key_file or key_env in section [{SECTION}] of the configuration"
        )
    return signer


@contextlib.contextmanager
def _looking(invocation: Invocation) -> Iterator[OpenedDatabase]:
    with contextlib.closing(open_database(invocation.config, lambda: invocation.host)) as database:
        yield database


def _count(found: Iterable[Signature]) -> _Tally:
    tally = _Tally()
    for one in found:
        tally.add(one)
    return tally


def _verified(where: str, signer: Signer, tally: _Tally) -> Iterator[str]:
    for verdict, examples in tally.examples.items():
        yield f"problem: {verdict.value} ({tally.counts[verdict]:,})"
        yield f"  Not read: {_MEANING[verdict]}."
        yield from _listed(tally.counts[verdict], examples)
        yield f"  What to do: {_ACTION[verdict]}."
        yield ""
    if tally.lost:
        yield f"problem: payloads that cannot be read ({len(tally.lost):,})"
        for one in tally.lost[:_SHOWN]:
            yield f"    value {one.hash.hex()} ({one.type}): {one.trouble}"
        yield "  What to do: nothing; their calls run again when they are asked for."
        yield ""
    if older := tally.counts[Verdict.OLDER]:
        yield f"{count_text(older, 'value')} signed with an older key: {_ACTION[Verdict.OLDER]}"
    rest = (
        f"; --all also reads {count_text(tally.unread, 'payload')} in the value store" if tally.unread else ""
    )
    good = count_text(tally.counts[Verdict.CURRENT], "value")
    bad = tally.refused + len(tally.lost)
    yield f"{where}: {good} signed with key {signer.name}, {count_text(bad, 'problem') if bad else 'no problems'}{rest}"


def _signed(where: str, signer: Signer, tally: _Tally, wanted: Collection[Verdict]) -> Iterator[str]:
    for verdict in (Verdict.UNSIGNED, Verdict.UNKNOWN, Verdict.WRONG):
        if verdict not in wanted and tally.counts[verdict]:
            yield f"left as they are: {count_text(tally.counts[verdict], 'value')}, {verdict.value}"
            yield f"  What to do: {_ACTION[verdict]}."
    yield f"{where}: signed {count_text(tally.signed, 'value')} with key {signer.name}"


def _listed(count: int, examples: list[Signature]) -> Iterator[str]:
    for one in examples:
        key = f", key {one.key}" if one.verdict is Verdict.UNKNOWN else ""
        yield f"    value {one.hash.hex()} ({one.type}{key})"
    if count > len(examples):
        yield f"    … and {count - len(examples):,} more"


def _document(where: str, signer: Signer, tally: _Tally) -> dict[str, object]:
    return {
        "database": where,
        "key": signer.name,
        "problems": tally.refused + len(tally.lost),
        "counts": {verdict.name.lower(): tally.counts[verdict] for verdict in Verdict},
        "unread": tally.unread,
        "lost": [{"value": one.hash.hex(), "detail": one.trouble} for one in tally.lost],
        "found": [
            {
                "verdict": verdict.name.lower(),
                "count": tally.counts[verdict],
                "meaning": _MEANING[verdict],
                "action": _ACTION[verdict],
                "examples": [{"value": one.hash.hex(), "type": one.type, "key": one.key} for one in examples],
            }
            for verdict, examples in tally.examples.items()
        ],
    }
