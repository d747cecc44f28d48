"""Attack a web process on this machine: `python -m tests.attacks [NAME...]` prints a table "trial, n, result".

Each attack has a bounded number of requests and seconds, and goes to a process of its own on 127.0.0.1.
"""

import io
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import httpx
from PIL import Image

from tests.attacks.attacked import BEARER, Attacked, attacked

SECONDS = 20.0  # of an attack
MAX_HEADER_BYTES = 300 * 2**20  # sent on one connection
N_HALF = 1100
N_PICTURES = 24
N_STREAMS = 200
N_GUESSES = 60
PER_MINUTE = 20
N_ROWS = 200


def send_headers_for_ever(service: Attacked) -> tuple[str, str]:
    """One connection sends small headers and never ends them."""
    piece, sent = b"a: b\r\n" * 10_000, 0
    deadline = time.monotonic() + SECONDS
    with suppress(OSError), socket.create_connection(service.address, timeout=5) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        while time.monotonic() < deadline and sent < MAX_HEADER_BYTES:
            line.sendall(piece)
            sent += len(piece)
    return "1 connection", f"{sent / 1e6:.1f} MB of headers taken; at most {service.peak_mb:,.0f} MB of memory"


def send_half_headers(service: Attacked) -> tuple[str, str]:
    """Many connections send the beginning of a request and wait."""
    began, waited, n_open = time.monotonic(), [], 0
    with ExitStack() as lines:
        held = []
        for _ in range(N_HALF):
            with suppress(OSError):
                held.append(lines.enter_context(socket.create_connection(service.address, timeout=2)))
                held[-1].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        while time.monotonic() < began + SECONDS:
            asked = time.monotonic()
            with suppress(httpx.HTTPError):
                httpx.get(f"{service.url}/healthz", timeout=3)
                waited.append(time.monotonic() - asked)
            time.sleep(0.5)
        n_open = sum(_is_open(line) for line in held)
    answered = f"{len(waited)} pages shown, the slowest in {max(waited, default=0):.2f} s"
    return f"{N_HALF:,} connections", f"{answered}; {n_open:,} still open; log {_log_kb(service):.0f} kB"


def send_pictures(service: Attacked) -> tuple[str, str]:
    """Small files that are large pictures come in at once."""
    began = time.monotonic()
    pictures = [_make_png(i) for i in range(N_PICTURES)]

    def send(data: bytes) -> int:
        return httpx.post(f"{service.url}/v1/posters", content=data, headers=BEARER, timeout=300).status_code

    with ThreadPoolExecutor(N_PICTURES) as pool:
        statuses = Counter(pool.map(send, pictures))
    took = time.monotonic() - began
    kb = len(pictures[0]) / 1000
    return (
        f"{N_PICTURES} PNGs of {kb:.0f} kB",
        f"at most {service.peak_mb:,.0f} MB of memory; {took:.1f} s; {_told(statuses)}",
    )


def open_streams(service: Attacked) -> tuple[str, str]:
    """One caller opens event streams all at once."""
    job = httpx.post(
        f"{service.url}/v1/jobs", json={"source": "https://youtu.be/eRsGyueVLvQ"}, headers=BEARER, timeout=60
    )
    ask = f"GET {job.headers['Location']}/events HTTP/1.1\r\nHost: localhost\r\n"
    ask += "".join(f"{name}: {value}\r\n" for name, value in BEARER.items()) + "\r\n"
    statuses: Counter[int] = Counter()
    with ExitStack() as lines:
        held = [lines.enter_context(socket.create_connection(service.address, timeout=20)) for _ in range(N_STREAMS)]
        for line in held:
            line.sendall(ask.encode())
        for line in held:
            with suppress(OSError, IndexError):
                statuses[int(line.recv(64).split()[1])] += 1
    return f"{N_STREAMS} streams", _told(statuses)


def guess_tokens(service: Attacked) -> tuple[str, str]:
    """A stranger guesses tokens under a forwarded address of its own each time."""
    statuses: Counter[int] = Counter()
    with httpx.Client(base_url=service.url) as client:
        for i in range(N_GUESSES):
            forwarded = {"X-Forwarded-For": f"203.0.113.{i}"}
            statuses[client.post("/login", data={"token": f"guess-{i}"}, headers=forwarded).status_code] += 1
    return f"{N_GUESSES} guesses, {PER_MINUTE} allowed a minute", _told(statuses)


def send_long_list(service: Attacked) -> tuple[str, str]:
    """A list has more rows than the caller may have unfinished jobs."""
    rows = "\n".join(f"https://youtu.be/{i:011d}" for i in range(N_ROWS))
    answer = httpx.post(f"{service.url}/v1/batches", content=rows, headers=BEARER, timeout=60)
    return (
        f"{N_ROWS} rows, 100 jobs allowed",
        f"{answer.status_code} {answer.json()['code']}: {answer.json()['message']}",
    )


def send_slow_lists(service: Attacked) -> tuple[str, str]:
    """Lists of 8 MiB, each made to be slow to read."""
    lists = {
        "short rows": b"x\n" * (4 * 2**20),
        "one line": b"a" * (8 * 2**20),
        "wide table": b"url," + b"a," * 100_000 + b"\n" + b"y\n" * 1000,
        "wide rows": (b"url,title\n" + (b"," * 900 + b"\n") * 9000)[: 8 * 2**20],
        "quotes": b'url,title\n"' + b'""' * (4 * 2**20 - 10),
        "genres": b"url,genres\n" + (b"https://youtu.be/eRsGyueVLvQ," + b"Drama|" * 120 + b"\n") * 10_000,
        "deep JSON": b"[" * 100_000,
        "JSON rows": b"[" + b",".join([b'{"url":"x"}'] * 600_000) + b"]",
        "markdown": b"|url|\n|---|\n" + b"|[a](https://youtu.be/eRsGyueVLvQ)|\n" * 200_000,
        "links": b"https://youtu.be/eRsGyueVLvQ " * 280_000,
    }
    took = {}
    for name, data in lists.items():
        began = time.monotonic()
        answer = httpx.post(f"{service.url}/v1/batches", content=data[: 8 * 2**20], headers=BEARER, timeout=300)
        took[name] = time.monotonic() - began
        print(f"  {name}: {took[name]:.1f} s, {answer.status_code} {answer.text[:150]}", file=sys.stderr)
    slowest = max(took, key=lambda name: took[name])
    return f"{len(lists)} lists of 8 MiB", f"the slowest, {slowest}, is read in {took[slowest]:.1f} s"


ATTACKS: dict[str, tuple[Callable[[Attacked], tuple[str, str]], dict[str, str]]] = {
    "headers": (send_headers_for_ever, {}),
    "half-headers": (send_half_headers, {}),
    "pictures": (send_pictures, {}),
    "streams": (open_streams, {}),
    "guesses": (guess_tokens, {"TRAILERS_REQUESTS_PER_MINUTE": str(PER_MINUTE)}),
    "long-list": (send_long_list, {"TRAILERS_OPEN_JOBS": "100"}),
    "slow-lists": (send_slow_lists, {}),
}


def main(names: list[str]) -> None:
    """Carry out the attacks named, by default all, and print a table."""
    print("| trial | n | result |\n|---|---|---|")
    for name in names or ATTACKS:
        attack, more = ATTACKS[name]
        with attacked(**more) as service:
            n, result = attack(service)
        print(f"| {(attack.__doc__ or '').rstrip('.')} | {n} | {result} |", flush=True)


def _make_png(shade: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (6300, 6300), (shade, 0, 0, 200)).save(file, "PNG", compress_level=9)
    return file.getvalue()


def _is_open(line: socket.socket) -> bool:
    """Tell whether the service waits for more on a connection: it has neither answered nor hung up."""
    line.setblocking(False)
    try:
        line.recv(1)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _log_kb(service: Attacked) -> float:
    return service.log.stat().st_size / 1000


def _told(statuses: Counter[int]) -> str:
    return ", ".join(f"{n} x {status}" for status, n in sorted(statuses.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
