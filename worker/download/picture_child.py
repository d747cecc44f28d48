"""The picture child: fetches one picture over https from one host, without following redirects.

`python -m worker.download.picture_child` reads a `PictureRequest` as JSON on stdin, writes
the picture to its file and one JSON line to stdout: {"result": {"bytes"}} or {"error": {"code", "message"}}.
"""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Self, TextIO

from worker.download.egress import Egress, EgressRefused, ambient_proxies
from worker.errors import WorkerError

SOCKET_S = 20


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """The request that the child reads from stdin as JSON: an address on `host`, and the file to write."""

    url: str
    host: str
    file: str
    max_bytes: int
    proxy: str | None

    @classmethod
    def read(cls, stream: TextIO) -> Self:
        """Return the request in a stream of JSON."""
        return cls(**json.load(stream))


class _Nowhere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow no redirect: what the host answers is an error then."""


def main() -> int:
    """Carry out the request on stdin; return the exit status."""
    request = PictureRequest.read(sys.stdin)
    Egress((request.host,), proxies=ambient_proxies(request.proxy)).install()
    try:
        n_bytes = fetch(request)
    except (WorkerError, EgressRefused, OSError, ValueError, HTTPException) as exc:
        code = getattr(exc, "code", None)
        known = code if isinstance(code, str) else "download_failed"
        _answer({"error": {"code": known, "message": f"{request.url} can't be fetched: {exc}"}})
        return 1
    _answer({"result": {"bytes": n_bytes}})
    return 0


def fetch(request: PictureRequest) -> int:
    """Write the picture to the request's file and return its bytes; raises WorkerError, OSError and EgressRefused."""
    proxies = urllib.request.ProxyHandler({"https": request.proxy} if request.proxy else None)
    opener = urllib.request.build_opener(proxies, _Nowhere)
    try:
        with opener.open(request.url, timeout=SOCKET_S) as response:
            data: bytes = response.read(request.max_bytes + 1)
            promised = response.length
    except urllib.error.HTTPError as exc:
        raise WorkerError("unavailable", f"the host answers {exc.code} {exc.reason}") from exc
    if len(data) > request.max_bytes:
        raise WorkerError("too_large", f"it has more than {request.max_bytes:,} bytes")
    if promised:
        raise WorkerError("download_truncated", f"{promised:,} bytes of it are missing")
    return Path(request.file).write_bytes(data)


def _answer(message: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")


if __name__ == "__main__":
    sys.exit(main())
