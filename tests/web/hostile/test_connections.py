"""Connections of strangers: their headers are bounded in bytes, number and time, and so is how many there are."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from tests.support.web_service import client_of, make_settings, open_service
from web import connections
from web.connections import MAX_HEADER_BYTES, MAX_HEADERS
from worker.service.web_settings import read_web_settings

BEGUN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"


def connect(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port), timeout=20)


def read_all(line: socket.socket) -> bytes:
    said = b""
    try:
        while piece := line.recv(65536):
            said += piece
    except ConnectionError:
        pass
    return said


def send_until_refused(line: socket.socket, piece: bytes, *, most: int) -> tuple[int, bytes]:
    """Return the bytes that were taken, and what was said."""
    sent = 0
    try:
        while sent < most:
            line.sendall(piece)
            sent += len(piece)
    except ConnectionError:
        pass
    return sent, read_all(line)


@pytest.mark.parametrize("piece", [b"a: b\r\n" * 2000, b"x" * 12_000], ids=["small ones", "one that never ends"])
@pytest.mark.parametrize("begun", [BEGUN + b"A: ", CHUNKED + b"A: "], ids=["before a body", "behind a body"])
def test_headers_without_end_are_refused_soon(client: httpx.Client, begun: bytes, piece: bytes) -> None:
    with connect(client) as line:
        line.sendall(begun)
        sent, _ = send_until_refused(line, piece, most=64 * 2**20)
    assert sent < 16 * 2**20  # what the two systems hold on the way
    assert client.get("/healthz").status_code == 200


def test_headers_of_the_longest_and_most_that_are_taken_are_answered_and_more_are_told_why(
    client: httpx.Client,
) -> None:
    at_least = len("/healthz") + len("HostlocalhostA")
    for n_bytes, status in ((MAX_HEADER_BYTES - at_least, 200), (MAX_HEADER_BYTES - at_least + 1, 431)):
        with connect(client) as line:
            line.sendall(BEGUN + b"A: " + b"x" * n_bytes + b"\r\nConnection: close\r\n\r\n"[:2] + b"\r\n")
            line.shutdown(socket.SHUT_WR)
            assert int(line.recv(65536).split()[1]) == status
    for n_headers, status in ((MAX_HEADERS, 200), (MAX_HEADERS + 1, 431)):
        with connect(client) as line:
            line.sendall(BEGUN + b"A: b\r\n" * (n_headers - 2) + b"Connection: close\r\n\r\n")
            said = read_all(line)
            assert int(said.split()[1]) == status
    assert json.loads(said.partition(b"\r\n\r\n")[2])["code"] == "too_large"


def test_half_a_request_is_refused_when_its_time_is_over_and_a_silent_one_hung_up(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADERS_S", 0.3)
    for first, status in ((BEGUN, b"408"), (b"G", b"408"), (b"", b"")):
        with connect(client) as line:
            began = time.monotonic()
            line.sendall(first)
            said = read_all(line)
            assert said[9:12] == status
            assert time.monotonic() - began < 10
    with connect(client) as line:  # so is the second half of what was one whole request
        line.sendall(BEGUN + b"\r\n" + BEGUN)
        assert read_all(line).count(b"HTTP/1.1 ") == 2


def test_a_slow_reader_is_not_waited_for(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "WRITE_S", 0.3)
    with connect(client) as line:
        for _ in range(400):
            line.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(3)
        read_all(line)  # ends: it was cut off
    assert client.get("/healthz").status_code == 200


@pytest.fixture
def narrow(tmp_path: Path, server: EmbeddedMongod, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A service with room for four connections."""
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 4)
    with open_service(make_settings(tmp_path / "home", server), read_web_settings({})) as (_, url):
        yield url


def test_the_connection_that_has_waited_longest_makes_room_for_a_new_one(narrow: str) -> None:
    with ExitStack() as held, client_of(narrow) as client:
        lines = [held.enter_context(connect(client)) for _ in range(4)]
        for line in lines:
            line.sendall(BEGUN)
        time.sleep(0.3)
        assert client.get("/healthz").status_code == 200
        assert read_all(lines[0]) == b""  # hung up
        lines[3].sendall(b"Connection: close\r\n\r\n")
        assert b" 200 " in read_all(lines[3])


def test_where_all_connections_are_at_work_one_more_is_told_to_come_back(narrow: str) -> None:
    body = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    with ExitStack() as held, client_of(narrow) as client:
        lines = [held.enter_context(connect(client)) for _ in range(4)]
        for line in lines:
            line.sendall(body)
        time.sleep(0.3)
        refused = client.get("/healthz")
        assert (refused.status_code, refused.json()["code"]) == (503, "not_ready")
        lines[0].sendall(b"token=abc")
        assert b" 303 " in lines[0].recv(65536)
        assert client.get("/healthz").status_code == 200  # in the place of one that is answered
