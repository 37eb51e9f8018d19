"""Looks up every evaluation of a record in waves, as a scheduler does: `python look_up.py URL`."""

from __future__ import annotations

import json
import sys
import time

import psycopg
from redun_backend_postgres.recorder import PostgresRecorder

WAVE = 4096

if __name__ == "__main__":
    url = sys.argv[1]
    with psycopg.connect(url) as connection:
        keys = [key for (key,) in connection.execute("SELECT eval_hash FROM evaluation")]
    recorder = PostgresRecorder(url)
    recorder.find_evaluations(keys[:1])
    begun = time.perf_counter()
    found = 0
    for start in range(0, len(keys), WAVE):
        found += len(recorder.find_evaluations(keys[start : start + WAVE]))
    seconds = time.perf_counter() - begun
    recorder.close()
    if found != len(keys):
        raise SystemExit(f"{found} of {len(keys)} evaluations were found")
    print(json.dumps({"per_second": round(found / seconds)}))
