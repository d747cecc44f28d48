"""Webhook targets: the parts of a URL that are used, and the internet addresses that may be connected to.

Only https to public addresses, unless TRAILERS_WEBHOOK_HOSTS names the host: such a host may be private, and use http.
A name is resolved once and the very address that was checked is connected to, so that a second answer of a stranger's
name server can't lead elsewhere.
"""

import ipaddress
import re
import socket
import threading
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from worker.addresses import is_public
from worker.errors import WorkerError

MAX_URL = 2048  # characters
PORTS = {"https": 443, "http": 80}
PUBLIC_PORTS = (443, 80)  # of hosts that TRAILERS_WEBHOOK_HOSTS doesn't name
METADATA = (  # of clouds, which hand out their machines' keys there: never notified, whoever names them
    "169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16", "192.0.0.192",
    "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
)  # fmt: skip
PRINTABLE = re.compile(r"[!-~]+")
HOST = re.compile(r"[a-z0-9._-]{1,253}")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class NotDelivered(Exception):
    """The notification did not arrive; the message says why, for whoever registered the webhook."""


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a webhook's URL: `path` includes the query; an `internal` one may be at a private address."""

    scheme: str
    host: str
    port: int
    path: str
    internal: bool


def read_target(url: str, *, allowed: Collection[str]) -> Target:
    """Return the target of a URL, internal if `allowed` names its host (or host:port); raises WorkerError."""
    if len(url) > MAX_URL or not PRINTABLE.fullmatch(url) or "\\" in url:
        raise _refusal(url, f"give at most {MAX_URL:,} ASCII characters without spaces, percent-encoded where needed")
    parts, port = _split(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in PORTS or not host or port == 0:
        raise _refusal(url, "write https://host/path")
    if "@" in parts.netloc:
        raise _refusal(url, "it names a user or password; leave them out, the signature proves that it is us")
    port = port or PORTS[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    internal = not {shown, f"{shown}:{port}"}.isdisjoint(allowed)
    if not internal:
        _check_public(url, parts.scheme, host)
        if port not in PUBLIC_PORTS:
            raise _refusal(
                url, f"only the ports 443 and 80 are used; or have TRAILERS_WEBHOOK_HOSTS name '{shown}:{port}'"
            )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, internal)


def find_addresses(target: Target, *, timeout_s: float) -> list[str]:
    """Return the addresses of a target, all of which may be connected to; raises NotDelivered."""
    found: list[str] = []
    failed: list[OSError] = []

    def resolve() -> None:
        try:
            entries = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(entry[4][0]) for entry in entries))
        except (OSError, UnicodeError) as exc:
            failed.append(OSError(str(exc)))

    thread = threading.Thread(target=resolve, name="resolve", daemon=True)  # getaddrinfo has no timeout
    thread.start()
    thread.join(timeout_s)
    if not found or failed:
        why = failed[0] if failed else f"no answer within {timeout_s:.0f} s"
        raise NotDelivered(f"the name {target.host!r} has no address: {why}")
    if not target.internal and not all(is_public(address) for address in found):
        raise NotDelivered(f"{target.host!r} is at an address that is not public; TRAILERS_WEBHOOK_HOSTS may allow it")
    if any(_is_metadata(address) for address in found):
        raise NotDelivered(f"{target.host!r} is at an address where a cloud hands out keys, which is never notified")
    return found


def _is_metadata(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(found, "ipv4_mapped", None) or found) in METADATA


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        return (parts := urlsplit(url)), parts.port
    except ValueError as exc:
        raise _refusal(url, f"it is not a valid URL ({exc}); write https://host/path") from exc


def _check_public(url: str, scheme: str, host: str) -> None:
    """Raise WorkerError unless this is https to what may be a public host; its addresses are checked when used."""
    if scheme != "https":
        raise _refusal(url, f"only https is used; or have TRAILERS_WEBHOOK_HOSTS name {host!r}")
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        address = None
    if address is None and not HOST.fullmatch(host):
        raise _refusal(url, f"{host[:100]!r} is not a valid host name; write one in ASCII (xn--...)")
    last = host.rpartition(".")[2]
    is_local = "." not in host or last == "localhost" or NUMBER.fullmatch(last)
    if is_local if address is None else not is_public(address):
        raise _refusal(url, f"{host[:100]!r} is not a public host; TRAILERS_WEBHOOK_HOSTS may allow it")


def _refusal(url: str, why: str) -> WorkerError:
    return WorkerError("bad_source", f"the webhook {url[:100]!r} can't be used: {why}")
