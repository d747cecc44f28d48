"""A receiver of webhooks: a real HTTP or HTTPS server on loopback that answers as it is told."""

import http.server
import json
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
import trustme

SECRET = "a secret of enough characters"
PUBLIC = "93.184.216.34"


@cache
def documented_verify() -> Callable[..., bool]:
    """Return the function that docs/webhooks.md gives receivers: whether a body with these headers is ours."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text()
    shown: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0], shown)
    verify: Callable[..., bool] = shown["verify"]
    return verify


@dataclass(frozen=True, slots=True)
class Received:
    """One POST as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document


class Receiver:
    """Answers with each of `statuses` in turn, the last again and again; `location` goes with redirects."""

    def __init__(
        self, *statuses: int, tls: ssl.SSLContext | None = None, location: str = "", wait: threading.Event | None = None
    ) -> None:
        self.received: list[Received] = []
        self._statuses, self._location, self._wait = list(statuses or (200,)), location, wait
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(self.path, dict(self.headers), body))
                if receiver._wait is not None:
                    receiver._wait.wait(60)
                statuses = receiver._statuses
                self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
                self.send_header("Location", receiver._location)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        return Handler

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/hook?for=me"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class Chatter:
    """A server that reads a request's head and then sends what it is given, piece by piece, as long as that is read."""

    def __init__(self, pieces: Callable[[], Iterable[bytes]]) -> None:
        chatter = self
        self.sent = 0

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                self.request.recv(65_536)
                try:
                    for piece in pieces():
                        self.request.sendall(piece)
                        chatter.sent += len(piece)
                except OSError:
                    return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class World:
    """Names with addresses, and public addresses that lead to a port of this machine: what can't come to a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, port: int, names: dict[str, list[list[str]]]) -> None:
        """`names` has the answers that each name gets, one after the other, the last again and again."""
        self.asked: list[str] = []
        self.connected: list[str] = []
        self._names, self._port = names, port
        self._getaddrinfo, self._connect = socket.getaddrinfo, socket.create_connection
        monkeypatch.setattr(socket, "getaddrinfo", self._find)
        monkeypatch.setattr(socket, "create_connection", self._lead)

    def _find(self, host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host not in self._names:
            return self._getaddrinfo(host, port, *rest, **more)
        self.asked.append(host)
        answers = self._names[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [entry for address in found for entry in self._getaddrinfo(address, port, type=socket.SOCK_STREAM)]

    def _lead(self, address: tuple[str, int], timeout: float | None = None, **more: Any) -> socket.socket:
        self.connected.append(address[0])
        if address[0] in self._names:
            raise AssertionError(f"{address[0]} is a name; it would be asked for again")
        return self._connect(("127.0.0.1", self._port), timeout=timeout, **more)


def certified(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """Return what a server of these names needs for TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context
