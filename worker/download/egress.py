"""Egress guard of the download child: Python itself consults it before every connection, request and program.

It listens to the interpreter's audit events (PEP 578), below yt-dlp and whatever yt-dlp calls, and can't be removed.
"""

import socket
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from worker.addresses import is_public

HTTPS_PORT = 443
UNNAMED_PORTS = (80, 443, 1080)  # where a proxy without a port may be looked for
Endpoint = tuple[str, int]


class EgressRefused(Exception):
    """The download tried to connect where it may not."""

    code = "host_not_allowed"


class ProgramRefused(EgressRefused, PermissionError):
    """The download tried to start a program that it may not; yt-dlp takes it for one that isn't installed."""


@dataclass(frozen=True, slots=True)
class Egress:
    """What a download may reach: https at `domains` and their subdomains, at public addresses, or the `proxies` alone.

    `proxies` are hosts and ports, by name and by address; `programs` are the paths that may be started.
    """

    domains: tuple[str, ...]
    proxies: frozenset[Endpoint] = frozenset()
    programs: frozenset[str] = frozenset()

    def install(self) -> None:
        """Guard this process from now on."""
        sys.addaudithook(self._on_event)

    def _on_event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            self.check_address(arguments[1])
        elif event == "socket.getaddrinfo":
            self.check_name(arguments[0], arguments[1])
        elif event == "socket.gethostbyname":
            self.check_name(arguments[0], None)
        elif event == "urllib.Request":
            self.check_url(arguments[0])
        elif event == "subprocess.Popen":
            self.check_program(arguments[0])
        elif event in ("os.exec", "os.posix_spawn", "os.system"):
            raise EgressRefused(f"the download tried {event}, which it does not need")

    def check_url(self, url: str) -> None:
        """Raise EgressRefused unless the URL is https on an allowed host."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        allowed = host is not None and parts.scheme == "https" and port in (None, HTTPS_PORT)
        if not allowed or not self._is_allowed(str(host)):
            raise EgressRefused(f"the site led to {url[:100]!r}, which is not its own; report the link")

    def check_name(self, host: object, port: object) -> None:
        """Raise EgressRefused unless the name is an allowed one or a proxy's."""
        name = (host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)).lower()
        if (name, _number(port)) not in self.proxies and not self._is_allowed(name):
            raise EgressRefused(f"the download asked for the host {name[:100]!r}, which is not the site's")

    def check_address(self, address: object) -> None:
        """Raise EgressRefused unless a socket address is public or a proxy's; a name is refused, since it hides one."""
        if address is None:  # a message on a connected socket
            return
        host = str(address[0]) if isinstance(address, tuple) and address else ""
        if not is_public(host) and not (isinstance(address, tuple) and address[:2] in self.proxies):
            raise EgressRefused(f"the download tried to connect to {str(address)[:100]}, which is not a public address")

    def check_program(self, program: object) -> None:
        """Raise ProgramRefused unless the program may be started."""
        name = program.decode("utf-8", "surrogateescape") if isinstance(program, bytes) else str(program)
        if name not in self.programs:
            raise ProgramRefused(f"the download tried to start {name[:100]!r}, which it does not need")

    def _is_allowed(self, host: object) -> bool:
        name = str(host).lower().rstrip(".")
        return any(name == domain or name.endswith(f".{domain}") for domain in self.domains)


def ambient_proxies(proxy: str | None) -> frozenset[Endpoint]:
    """Return hosts and ports of the proxy that is set, else of those in the environment."""
    ambient = getproxies()
    given = [proxy] if proxy else [ambient.get(kind) for kind in ("http", "https", "all")]
    return proxy_endpoints(url for url in given if url)


def proxy_endpoints(urls: Iterable[str]) -> frozenset[Endpoint]:
    """Return hosts and ports of proxies, by name and by every address the name has now."""
    found: set[Endpoint] = set()
    for url in urls:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        for port in (parts.port,) if parts.port else UNNAMED_PORTS:
            found |= {(host, port) for host in (parts.hostname or "", *_addresses(parts.hostname or "", port))}
    return frozenset(found)


def _addresses(host: str, port: int) -> Collection[str]:
    try:
        return {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)} if host else ()
    except OSError:
        return ()


def _number(port: object) -> int | None:
    text = port.decode("ascii", "replace") if isinstance(port, bytes) else str(port)
    return int(text) if text.isascii() and text.isdigit() else None
