"""Faults between a client and a server happen as often, and to whom, the test says."""

from __future__ import annotations

import http.client
import threading
import time
import urllib.error
import urllib.request

import pytest
from services.chaos import chaos_proxy
from services.s3 import ceph_server

CONTENT = b"x" * 300_000
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/s3/aws4_request, Signature=0",
    "Content-Type": "application/octet-stream",
}


@pytest.fixture
def proxy(batch):
    with chaos_proxy(batch) as (proxy, seen):
        ask(seen.url, "PUT", "/bucket")
        ask(seen.url, "PUT", "/bucket/key", CONTENT)
        proxy.requests.clear()
        yield proxy


def ask(url, method, path, content=None, **headers):
    request = urllib.request.Request(url + path, data=content, method=method, headers=headers or SIGNED)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def test_what_fits_is_refused_as_often_as_wanted(proxy):
    proxy.fail(503, match="^GET /bucket/", times=2)
    for _ in range(2):
        with pytest.raises(urllib.error.HTTPError, match="503") as refused:
            ask(proxy.url, "GET", "/bucket/key")
        assert b"SlowDown" in refused.value.read()
        ask(proxy.url, "PUT", "/bucket/other", CONTENT)
    assert ask(proxy.url, "GET", "/bucket/key") == CONTENT
    assert proxy.requests.count("GET /bucket/key") == 3


def test_answers_are_cut(proxy):
    proxy.truncate(1000)
    with pytest.raises(http.client.IncompleteRead) as cut:
        ask(proxy.url, "GET", "/bucket/key")
    assert len(cut.value.partial) == 1000
    proxy.reset(after=1000)
    with pytest.raises(ConnectionResetError):
        ask(proxy.url, "GET", "/bucket/key")


def test_a_request_is_lost_or_only_its_answer(proxy):
    proxy.reset()
    proxy.reset(after=0, match="second")
    for name in ("first", "second"):
        with pytest.raises((ConnectionError, urllib.error.URLError)):
            ask(proxy.url, "PUT", f"/bucket/{name}", b"content")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(proxy.url, "GET", "/bucket/first")
    assert ask(proxy.url, "GET", "/bucket/second") == b"content"


def test_requests_wait(proxy):
    proxy.delay(0.2)
    proxy.slow(3_000_000)
    started = time.monotonic()
    assert ask(proxy.url, "GET", "/bucket/key") == CONTENT
    assert time.monotonic() - started > 0.25
    proxy.clear()
    proxy.hang()
    threading.Timer(0.2, proxy.clear).start()
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        ask(proxy.url, "GET", "/bucket/key")


@pytest.mark.slow
def test_ceph_checks_who_asks():
    with ceph_server() as ceph:
        assert b"<ListAllMyBucketsResult" in ask(ceph.url, "GET", "/", Accept="*/*")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            ask(ceph.url, "PUT", "/bucket", Accept="*/*")
