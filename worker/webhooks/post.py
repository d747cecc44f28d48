"""One POST to a webhook: bounded in time and in what is read of the answer, without redirects.

http.client speaks HTTP; the connection below it is ours, so that it leads to the address that was judged.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from worker.webhooks.address import PORTS, NotDelivered, Target, find_addresses

TIMEOUT_S = 10.0  # of all: name, connection, TLS, request, answer
BODY_S = 1.0  # of that for the answer's body, which says nothing we need
MAX_BODY = 4096  # bytes
MAX_ANSWER = 65_536  # bytes, with its headers
SENT_AT_ONCE = 16_384


def post(target: Target, body: bytes, headers: Mapping[str, str], *, timeout_s: float = TIMEOUT_S) -> int:
    """Return the status that the target answers to a POST; raises NotDelivered."""
    deadline = time.monotonic() + timeout_s
    try:
        with _connect(target, deadline) as connected:
            return _exchange(target, Bounded(connected, deadline), body, headers)
    except TimeoutError as exc:
        raise NotDelivered(f"{target.host!r} did not answer within {timeout_s:g} s") from exc
    except ssl.SSLCertVerificationError as exc:
        raise NotDelivered(f"the certificate of {target.host!r} is refused: {exc.verify_message}") from exc
    except (OSError, http.client.HTTPException) as exc:
        raise NotDelivered(f"{target.host!r} did not answer as HTTP: {_brief(exc)}") from exc


class Bounded:
    """A socket as http.client uses it, on which every wait ends at `deadline` and MAX_ANSWER bytes come at most."""

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._connected = connected
        self.deadline = deadline
        self._left = MAX_ANSWER

    def sendall(self, data: bytes) -> None:
        """Send all, in parts: TLS counts the time of each."""
        for start in range(0, len(data), SENT_AT_ONCE):
            self._connected.settimeout(_left(self.deadline))
            self._connected.sendall(data[start : start + SENT_AT_ONCE])

    def receive_into(self, buffer: memoryview) -> int:
        """Fill the buffer with what has come, at most what is left of the answer; return how many bytes."""
        self._connected.settimeout(_left(self.deadline))
        size = min(len(buffer), self._left)
        received = self._connected.recv_into(buffer[:size]) if size else 0
        self._left -= received
        return received

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return what http.client reads the answer from."""
        return io.BufferedReader(_Answer(self), 4096)

    def close(self) -> None:
        """Do nothing: who has opened the socket closes it."""


class _Answer(io.RawIOBase):
    def __init__(self, bounded: Bounded) -> None:
        self._bounded = bounded

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._bounded.receive_into(memoryview(buffer).cast("B"))


def _exchange(target: Target, bounded: Bounded, body: bytes, headers: Mapping[str, str]) -> int:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.default_port = PORTS[target.scheme]  # says whether Host names the port
    connection.sock = bounded
    connection.request("POST", target.path, body=body, headers={**headers, "Connection": "close"})
    answer = connection.getresponse()
    bounded.deadline = min(bounded.deadline, time.monotonic() + BODY_S)
    with suppress(OSError, http.client.HTTPException):  # the status is known
        answer.read(MAX_BODY)
    answer.close()
    return answer.status


def _connect(target: Target, deadline: float) -> socket.socket:
    """Return a connection to one of the target's addresses, the first that answers, with TLS for https."""
    addresses = find_addresses(target, timeout_s=_left(deadline))
    for i, address in enumerate(addresses):
        waits = _left(deadline) / (len(addresses) - i)
        try:
            connected = socket.create_connection((address, target.port), timeout=waits)
        except OSError as exc:
            failure = exc
            continue
        return _wrapped(connected, target, deadline) if target.scheme == "https" else connected
    raise failure


def _wrapped(connected: socket.socket, target: Target, deadline: float) -> socket.socket:
    try:
        connected.settimeout(_left(deadline))
        return ssl.create_default_context().wrap_socket(connected, server_hostname=target.host)
    except BaseException:
        connected.close()
        raise


def _left(deadline: float) -> float:
    if (left := deadline - time.monotonic()) <= 0:
        raise TimeoutError
    return left


def _brief(exc: Exception) -> str:
    return f"{type(exc).__name__}: {' '.join(str(exc).split())}"[:150]
