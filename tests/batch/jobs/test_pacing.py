"""How often Batch is asked."""

from __future__ import annotations

import pytest
from redun_executor_batch.pacing import Pace


def test_it_slows_down_while_nothing_changes_and_is_itself_when_something_does() -> None:
    pace = Pace(5.0)
    waits = [pace.looked(changed=False) for _ in range(20)]
    assert waits == sorted(waits)
    assert waits[-1] == 20.0
    assert pace.looked(changed=True) == 5.0


@pytest.mark.parametrize("interval_s", [0.05, 1.0, 5.0, 600.0])
def test_it_backs_off_when_there_were_too_many_requests(interval_s: float) -> None:
    pace = Pace(interval_s)
    waits = [pace.throttled() for _ in range(20)]
    assert waits == sorted(waits)
    assert waits[0] >= min(2.0, 2 * interval_s)
    assert waits[-1] == max(300.0, interval_s)
    calm = [pace.looked(changed=True) for _ in range(60)]
    assert calm == sorted(calm, reverse=True)
    assert calm[-1] == interval_s
