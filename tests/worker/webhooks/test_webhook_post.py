"""Posts of webhooks: where they may lead and how long they may take, against real servers."""

import itertools
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.receiver import PUBLIC, Chatter, Receiver, World, certified
from tests.support.working import in_time
from worker.errors import WorkerError
from worker.webhooks.address import NotDelivered, find_addresses, read_target
from worker.webhooks.post import MAX_BODY, MAX_RESPONSE, BoundedSocket, post

NAME = "receiver.example"
TRUSTED = "https://receiver.example/hook?a=1"


def send(url: str, *, allowed: Iterable[str] = (), timeout_s: float = 60) -> int:
    return post(read_target(url, allowed=tuple(allowed)), b"{}", {"X-Trailers-Event": "x"}, timeout_s=timeout_s)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certificate authority that this process trusts, as an operator would have it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",  # 127.0.0.1 as one number
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "1.2.3.0x4",
        "0.0.0.0",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fec0::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "localhost.",
        "any.localhost",
        "mongo",
    ],
)
def test_a_host_that_is_not_public_is_refused_when_it_is_named(host: str) -> None:
    with pytest.raises(WorkerError, match="not a public host; TRAILERS_WEBHOOK_HOSTS") as caught:
        read_target(f"https://{host}/hook", allowed=())
    assert caught.value.code == "bad_source"


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/",
        "ftp://receiver.example/",
        "file:///etc/passwd",
        "receiver.example/hook",
        "https:///hook",
        "https://",
        "https://receiver.example:0/",
        "https://receiver.example:99999/",
        "https://receiver.example:x/",
        "https://user:word@receiver.example/",
        "https://receiver.example@127.0.0.1/",
        "https://receiver.example\\@127.0.0.1/",
        "https://receiver.example/a\\b",
        "https://rec%65iver.example/",
        "https://receiver.example/\r\nHost: evil",
        "https://receiver.example/a\nb",
        "https://receiver.example/\ta",
        " https://receiver.example/",
        "https://receiver.example/a b",
        "https://receiver.example/é",
        "https://\uff52eceiver.example/",
        "https://127%2e0.0.1/",
        "https://[::1/",
        "https://receiver.example/" + "x" * 2048,
        "",
    ],
)
def test_a_url_of_another_form_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(WorkerError, match=r"can't be used: ['\w]"):
        read_target(url, allowed=("127.0.0.1",))


@pytest.mark.parametrize("port", [1, 22, 442, 444, 8443])
def test_another_port_than_those_of_the_web_is_used_only_where_the_operator_names_it(port: int) -> None:
    with pytest.raises(WorkerError, match=f"TRAILERS_WEBHOOK_HOSTS name '{NAME}:{port}'"):
        read_target(f"https://{NAME}:{port}/", allowed=())
    assert read_target(f"https://{NAME}:{port}/", allowed=(f"{NAME}:{port}",)).port == port


@pytest.mark.parametrize("address", ["169.254.169.254", "168.63.129.16", "::ffff:169.254.169.254", "fd00:ec2::254"])
def test_a_cloud_s_metadata_are_never_asked_for_even_where_the_operator_names_the_host(address: str) -> None:
    shown = f"[{address}]" if ":" in address else address
    target = read_target(f"http://{shown}/latest", allowed=(shown,))
    with pytest.raises(NotDelivered, match="hands out keys"):
        find_addresses(target, timeout_s=5)


def test_of_a_url_its_path_and_query_are_used() -> None:
    target = read_target("HTTPS://Receiver.Example.:80?a=1#part", allowed=())
    assert (target.scheme, target.host, target.port, target.path) == ("https", NAME, 80, "/?a=1")
    assert read_target(f"https://{NAME}", allowed=()).port == 443
    for address in ("2606:4700::1111", f"::ffff:{PUBLIC}"):
        assert read_target(f"https://[{address}]/x", allowed=()).host == address


def test_a_notification_arrives_at_the_address_that_was_checked_with_the_certificate_of_the_name(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver(204, tls=certified(authority, NAME)) as receiver:
        world = World(monkeypatch, receiver.port, {NAME: [[PUBLIC]]})
        assert send(TRUSTED) == 204
    assert (world.asked, world.connected) == ([NAME], [PUBLIC])
    assert receiver.received[0].path == "/hook?a=1"
    assert receiver.received[0].headers["Host"] == NAME


@pytest.mark.parametrize("trusted", [True, False])
def test_a_certificate_of_another_name_or_by_nobody_we_know_is_refused(
    trusted: bool, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = certified(authority, "other.example") if trusted else certified(trustme.CA(), NAME)
    with Receiver(tls=tls) as receiver:
        World(monkeypatch, receiver.port, {NAME: [[PUBLIC]]})
        with pytest.raises(NotDelivered, match="certificate"):
            send(TRUSTED)
    assert receiver.received == []


def test_a_name_that_leads_elsewhere_the_second_time_is_not_asked_a_second_time(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver(tls=certified(authority, NAME)) as receiver:
        world = World(monkeypatch, receiver.port, {NAME: [[PUBLIC], ["127.0.0.1"]]})
        assert send(TRUSTED) == 200
        assert (world.asked, world.connected) == ([NAME], [PUBLIC])
        with pytest.raises(NotDelivered, match="not public"):
            send(TRUSTED)
    assert world.connected == [PUBLIC]


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:10.0.0.1"], [PUBLIC, "192.168.0.1"]]
)
def test_a_name_with_any_private_address_is_spoken_to_at_none(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver() as receiver:
        world = World(monkeypatch, receiver.port, {NAME: [addresses]})
        with pytest.raises(NotDelivered, match="not public"):
            send(TRUSTED)
    assert (world.connected, receiver.received) == ([], [])


def test_a_host_of_ones_own_network_is_told_once_it_is_allowed() -> None:
    with Receiver() as receiver:
        for allowed in ("127.0.0.1", receiver.host):
            assert send(receiver.url, allowed=[allowed]) == 200
        for other in ("127.0.0.1:1", "127.0.0.2", NAME):
            with pytest.raises(WorkerError):
                send(receiver.url, allowed=[other])
    assert len(receiver.received) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_loopback_is_not_followed(status: int) -> None:
    with Receiver() as inner, Receiver(status, location=inner.url) as receiver:
        assert send(receiver.url, allowed=[receiver.host]) == status
        time.sleep(0.1)
        assert inner.received == []


def slowly(piece: bytes) -> Callable[[], Iterable[bytes]]:
    def pieces() -> Iterable[bytes]:
        while True:
            yield piece
            time.sleep(0.1)

    return pieces


def silence() -> Iterable[bytes]:
    time.sleep(600)
    return []


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes of the answer came, time by time."""
    sizes: list[int] = []
    receive = BoundedSocket.readinto

    def noted(bounded: BoundedSocket, buffer: Any) -> int:
        sizes.append(receive(bounded, buffer))
        return sizes[-1]

    monkeypatch.setattr(BoundedSocket, "readinto", noted)
    return sizes


HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.mark.parametrize("pieces", [slowly(b"x"), slowly(b"HTTP/1.1 100 Continue\r\n\r\n"), silence])
def test_a_server_that_never_comes_to_its_answer_is_left_after_the_time_for_all(
    pieces: Callable[[], Iterable[bytes]],
) -> None:
    begun = time.monotonic()
    with Chatter(pieces) as chatter, pytest.raises(NotDelivered, match="within 1 s"):
        in_time(lambda: send(f"http://{chatter.host}/", allowed=[chatter.host], timeout_s=1))
    assert time.monotonic() - begun > 0.9


def test_of_an_endless_body_the_beginning_is_read(read: list[int]) -> None:
    with Chatter(lambda: itertools.chain([HEAD], itertools.repeat(b"x" * 65_536))) as chatter:
        assert send(f"http://{chatter.host}/", allowed=[chatter.host]) == 200
    assert sum(read) <= 3 * MAX_BODY


def test_a_slow_body_is_not_waited_for_as_long_as_for_all() -> None:
    with Chatter(lambda: itertools.chain([HEAD], slowly(b"x")())) as chatter:
        assert in_time(lambda: send(f"http://{chatter.host}/", allowed=[chatter.host], timeout_s=600)) == 200


@pytest.mark.parametrize("piece", [b"X-Header: " + b"x" * 1000 + b"\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 100])
def test_endless_headers_are_read_to_64_kb(piece: bytes, read: list[int]) -> None:
    start = HEAD[:-2] if piece.startswith(b"X") else b""
    with Chatter(lambda: itertools.chain([start], itertools.repeat(piece))) as chatter, suppress(NotDelivered):
        send(f"http://{chatter.host}/", allowed=[chatter.host])
    assert MAX_RESPONSE - 4096 <= sum(read) <= MAX_RESPONSE


def test_what_is_no_http_is_told_as_such() -> None:
    with Chatter(lambda: [b"220 smtp.example ESMTP\r\n"]) as chatter, pytest.raises(NotDelivered, match="as HTTP"):
        send(f"http://{chatter.host}/", allowed=[chatter.host])


def test_a_closed_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as receiver:
        host = receiver.host
    with pytest.raises(NotDelivered, match="refused"):
        send(f"http://{host}/", allowed=[host])


def test_a_second_address_is_tried_where_the_first_does_not_answer(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver(tls=certified(authority, NAME)) as receiver:
        world = World(monkeypatch, receiver.port, {NAME: [["2606:4700::1111", PUBLIC]]})
        lead = world._lead
        monkeypatch.setattr("socket.create_connection", lambda address, **more: _only_ipv4(address, lead, **more))
        assert send(TRUSTED) == 200


def _only_ipv4(address: tuple[str, int], lead: Callable[..., object], **more: object) -> object:
    if ":" in address[0]:
        raise OSError("Network is unreachable")
    return lead(address, **more)


def test_a_name_server_that_never_answers_is_waited_for_no_longer_than_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = threading.Event()

    def find(*asked: object, **more: object) -> list[object]:
        answer.wait()
        return []

    monkeypatch.setattr("socket.getaddrinfo", find)
    with pytest.raises(NotDelivered, match="no answer within"):
        in_time(lambda: send(TRUSTED, timeout_s=0.5))
    answer.set()


def test_tls_of_long_ago_is_refused(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    context = certified(authority, NAME)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with Receiver(tls=context) as receiver:
        World(monkeypatch, receiver.port, {NAME: [[PUBLIC]]})
        with pytest.raises(NotDelivered):
            send(TRUSTED)
