"""Who counts as alive."""

from __future__ import annotations

import os
import time

from redun.recorder.liveness import is_alive, this_host


def test_a_process_that_gave_a_sign_just_now_lives_whatever_has_its_number_here() -> None:
    now = time.time_ns() // 1000
    # Begun before the process of that number, as in another container that has the same name.
    started = now - 10**15
    assert is_alive(started, now - 1_000_000, this_host(), os.getpid(), now=now)
    assert not is_alive(started, now - 30_000_000, this_host(), os.getpid(), now=now)
