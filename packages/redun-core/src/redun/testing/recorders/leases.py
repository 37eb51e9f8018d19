"""Tests of the leases by which executions share work in flight.

Floor: composition.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from redun.recorder.batch import Batch, ExecutionStatus
from redun.recorder.interface import ExecutionStart, Leases, Recorder
from redun.testing.recorders.opening import OpenRecorder, Suite
from redun.testing.recording import execution_start, finished_jobs, key_of

__all__ = ["LeasesOfRecords"]

_CLAIMANTS = 4
_KEYS = 500


class LeasesOfRecords(Suite):
    """Leases, for recorders that have some."""

    def test_a_lease_is_one_executions(self, recorder: Recorder, another: Recorder) -> None:
        leases, theirs = _leases(recorder), _leases(another)
        one, start = _begin(recorder)
        other, _ = _begin(another)
        first = leases.claim(one, [key_of(0), key_of(1)])
        assert set(first.granted) == {key_of(0), key_of(1)}
        assert (first.recorded, dict(first.held)) == (frozenset(), {})
        second = theirs.claim(other, [key_of(1), key_of(2)])
        assert set(second.granted) == {key_of(2)}
        assert dict(second.held) == {key_of(1): start.id}
        assert theirs.held([key_of(0), key_of(1), key_of(3)]) == {key_of(0): start.id, key_of(1): start.id}

    def test_a_claim_that_is_repeated_finds_what_it_got(self, recorder: Recorder) -> None:
        leases = _leases(recorder)
        execution, _ = _begin(recorder)
        assert leases.claim(execution, [key_of(0)]) == leases.claim(execution, [key_of(0)])

    def test_a_lease_ends_with_the_rows_that_others_wait_for(
        self, recorder: Recorder, another: Recorder
    ) -> None:
        leases, theirs = _leases(recorder), _leases(another)
        one, _ = _begin(recorder)
        other, _ = _begin(another)
        token = leases.claim(one, [key_of(0)]).granted[key_of(0)]
        assert theirs.claim(other, [key_of(0)]).granted == {}
        batch = finished_jobs(one, 0, 1)
        batch.releases.append((key_of(0), one, token))
        recorder.write(batch)
        recorder.flush()
        assert theirs.held([key_of(0)]) == {}
        claims = theirs.claim(other, [key_of(0)])
        assert set(claims.granted) == claims.recorded == {key_of(0)}

    def test_leases_end_with_their_execution(self, recorder: Recorder, another: Recorder) -> None:
        leases, theirs = _leases(recorder), _leases(another)
        one, _ = _begin(recorder)
        other, _ = _begin(another)
        leases.claim(one, [key_of(0)])
        recorder.finish_execution(one, ExecutionStatus.FAILED)
        claims = theirs.claim(other, [key_of(0)])
        assert (set(claims.granted), claims.recorded) == ({key_of(0)}, frozenset())

    def test_who_lost_a_lease_overwrites_nothing(self, recorder: Recorder, another: Recorder) -> None:
        leases = _leases(recorder)
        one, _ = _begin(recorder)
        other, _ = _begin(another)
        token = leases.claim(one, [key_of(0)]).granted[key_of(0)]
        # As if it had been taken over meanwhile, and its new holder were done.
        gone = Batch()
        gone.releases.append((key_of(0), one, token))
        another.write(gone)
        another.write(finished_jobs(other, 0, 1))
        another.flush()
        (theirs,) = recorder.find_evaluations([key_of(0)]).values()
        late = finished_jobs(one, 1, 1)
        late.evaluations.append((key_of(0), late.values[0][0]))
        late.releases.append((key_of(0), one, token))
        recorder.write(late)
        recorder.flush()
        found = recorder.find_evaluations([key_of(0), key_of(1)])
        assert found[key_of(0)].hash == theirs.hash != late.values[0][0]
        # What does not hang on the lease is written.
        assert found[key_of(1)].hash == late.values[0][0]

    def test_of_those_who_claim_at_once_one_succeeds(
        self, recorder: Recorder, another: Recorder, open_recorder: OpenRecorder
    ) -> None:
        claimants = [recorder, another, *(open_recorder() for _ in range(_CLAIMANTS - 2))]
        together = threading.Barrier(_CLAIMANTS)
        keys = [key_of(number) for number in range(_KEYS)]

        def work(number: int) -> set[bytes]:
            leases = _leases(claimants[number])
            execution, _ = _begin(claimants[number])
            together.wait(self.patience_s)
            order = keys if number % 2 else keys[::-1]
            return {
                key
                for start in range(0, _KEYS, 100)
                for key in leases.claim(execution, order[start : start + 100]).granted
            }

        _leases(recorder)
        with ThreadPoolExecutor(_CLAIMANTS) as pool:
            won = list(pool.map(work, range(_CLAIMANTS)))
        assert sorted(key for one in won for key in one) == sorted(keys)


def _leases(recorder: Recorder) -> Leases:
    leases: Leases | None = getattr(recorder, "leases", None)
    if leases is None:
        pytest.skip("the recorder has no leases")
    return leases


def _begin(recorder: Recorder) -> tuple[int, ExecutionStart]:
    start = execution_start()
    return recorder.start_execution(start), start
