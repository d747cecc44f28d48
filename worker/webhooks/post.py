"""POST requests to webhooks: bounded in time and in what is read of the response, without redirects.

http.client speaks HTTP over a connection of ours, so that it goes to the very address that was checked.
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

TIMEOUT_S = 10.0  # for everything: name, connection, TLS, request, response
BODY_S = 1.0  # of that for the response's body, which we don't need
MAX_BODY = 4096  # bytes
MAX_RESPONSE = 65_536  # bytes, headers included
SENT_AT_ONCE = 16_384


def post(target: Target, body: bytes, headers: Mapping[str, str], *, timeout_s: float = TIMEOUT_S) -> int:
    """Return the HTTP status of the target's response; raises NotDelivered."""
    deadline = time.monotonic() + timeout_s
    try:
        with _connect(target, deadline) as connected:
            return _exchange(target, BoundedSocket(connected, deadline), body, headers)
    except TimeoutError as exc:
        raise NotDelivered(f"{target.host!r} did not answer within {timeout_s:g} s") from exc
    except ssl.SSLCertVerificationError as exc:
        raise NotDelivered(f"the certificate of {target.host!r} is refused: {exc.verify_message}") from exc
    except (OSError, http.client.HTTPException) as exc:
        raise NotDelivered(f"{target.host!r} did not answer as HTTP: {_brief(exc)}") from exc


class BoundedSocket(io.RawIOBase):
    """A socket as http.client uses it: every wait ends at `deadline`, and at most MAX_RESPONSE bytes are received.

    It is also the stream that http.client reads the response from.
    """

    def __init__(self, connected: socket.socket, deadline: float) -> None:
        self._connected = connected
        self.deadline = deadline
        self._n_left = MAX_RESPONSE

    def sendall(self, data: bytes) -> None:
        """Send everything, in parts: TLS times each of them."""
        for start in range(0, len(data), SENT_AT_ONCE):
            self._connected.settimeout(_seconds_left(self.deadline))
            self._connected.sendall(data[start : start + SENT_AT_ONCE])

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return itself, buffered."""
        return io.BufferedReader(self, 4096)

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Receive into the buffer what may still come of the response; return the number of bytes."""
        self._connected.settimeout(_seconds_left(self.deadline))
        size = min(len(buffer), self._n_left)
        received = self._connected.recv_into(memoryview(buffer).cast("B")[:size]) if size else 0
        self._n_left -= received
        return received

    def close(self) -> None:
        """Do nothing: `post` closes the socket, and http.client reads the response after it has closed this."""


def _exchange(target: Target, bounded: BoundedSocket, body: bytes, headers: Mapping[str, str]) -> int:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.default_port = PORTS[target.scheme]  # says whether Host names the port
    connection.sock = bounded
    connection.request("POST", target.path, body=body, headers={**headers, "Connection": "close"})
    response = connection.getresponse()
    bounded.deadline = min(bounded.deadline, time.monotonic() + BODY_S)
    with suppress(OSError, http.client.HTTPException):  # the status is known
        response.read(MAX_BODY)
    response.close()
    return response.status


def _connect(target: Target, deadline: float) -> socket.socket:
    """Return a connection to one of the target's addresses, the first that answers, with TLS for https."""
    addresses = find_addresses(target, timeout_s=_seconds_left(deadline))
    for i, address in enumerate(addresses):
        timeout_s = _seconds_left(deadline) / (len(addresses) - i)
        try:
            connected = socket.create_connection((address, target.port), timeout=timeout_s)
        except OSError as exc:
            failure = exc
            continue
        return _wrap_tls(connected, target, deadline) if target.scheme == "https" else connected
    raise failure


def _wrap_tls(connected: socket.socket, target: Target, deadline: float) -> socket.socket:
    try:
        connected.settimeout(_seconds_left(deadline))
        return ssl.create_default_context().wrap_socket(connected, server_hostname=target.host)
    except BaseException:
        connected.close()
        raise


def _seconds_left(deadline: float) -> float:
    if (left := deadline - time.monotonic()) <= 0:
        raise TimeoutError
    return left


def _brief(exc: Exception) -> str:
    return f"{type(exc).__name__}: {' '.join(str(exc).split())}"[:150]
