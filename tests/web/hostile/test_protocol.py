"""Bytes that are no proper request: they are refused or answered in order, and nobody else waits."""

import http.client
import json
import socket
from urllib.parse import urlsplit

import httpx
import pytest

LINK = {"source": "https://youtu.be/dQw4w9WgXcQ"}  # of no stored trailer
JSON = {"Content-Type": "application/json"}


def talk(url: str, data: bytes, *, seconds: float = 10) -> bytes:
    """Return what the server says to some bytes, until it hangs up or says no more."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=seconds) as line:
        line.sendall(data)
        said = b""
        line.settimeout(0.4)
        try:
            while piece := line.recv(65536):
                said += piece
        except TimeoutError:
            pass
    return said


RAW = (
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9%s\r\n\r\n" % (b"9" * 5000),
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n",
    b"GET /v1/jobs HTTP/1.1\r\nHost: [\r\n\r\n",
    b"GET /v1/jobs HTTP/1.1\r\nHost: localhost:99999999\r\n\r\n",
    b"GET /v1/jobs HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n",
    b"GET //evil.example/v1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v1/jobs?stage=%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v1/jobs HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET /v1/jobs HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a=b;" * 9000 + b"\r\n\r\n",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nOrigin: http://[\r\nContent-Length: 0\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://evil.example/v1/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    b"\x00" * 2000,
)


@pytest.mark.parametrize("data", RAW)
def test_bytes_that_are_no_proper_request_are_refused_or_answered_in_order(client: httpx.Client, data: bytes) -> None:
    said = talk(str(client.base_url), data)
    status = said.split(b" ", 2)[1] if said.startswith(b"HTTP/1.1 ") else b"none"
    assert status in (b"none", b"200", b"400", b"403", b"404", b"405", b"413", b"422"), said[:200]
    assert b"Traceback" not in said
    assert client.get("/healthz").status_code == 200


def test_a_body_is_refused_before_its_end(client: httpx.Client) -> None:
    line = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=60)
    line.putrequest("POST", "/v1/jobs")
    for name, value in {**JSON, "Transfer-Encoding": "chunked"}.items():
        line.putheader(name, value)
    line.endheaders()
    for _ in range(1040):  # more than is read of a refused body; its end is never sent
        line.send(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
    answer = line.getresponse()
    assert (answer.status, json.load(answer)["code"]) == (413, "too_large")
    line.close()
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/v1/jobs", "GET, POST"), ("/v1/trailers", "GET"), ("/v1/plots/predict", "POST"), ("/library", "GET")],
)
def test_a_method_that_is_none_is_told_which_there_are(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json()["code"] == "method_not_allowed"


def test_headers_alone_may_be_asked_for(client: httpx.Client) -> None:
    job = client.post("/v1/jobs", json=LINK).headers["Location"]
    for path in ("/v1/jobs", job, "/healthz", "/metrics", "/library", "/static/page.js", "/openapi.json"):
        head, whole = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["Content-Type"] == whole.headers["Content-Type"]
    assert client.head("/v1/nothing").status_code == 404
    assert client.head(f"{job}/events").status_code == 405


def test_what_is_not_there_is_not_kept_for_ever(client: httpx.Client) -> None:
    assert client.get("/static/nothing.js").headers["Cache-Control"] == "no-store"
    assert "immutable" in client.get("/static/page.js?v=1").headers["Cache-Control"]
    assert client.get("/static/nothing.js?v=1").headers["Cache-Control"] == "no-store"
