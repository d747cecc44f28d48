import subprocess
import sys

import pytest

from worker.download.egress import Egress, EgressRefused, proxy_endpoints
from worker.sites import VIMEO, YOUTUBE

EGRESS = Egress(YOUTUBE.domains, proxies=frozenset({("127.0.0.1", 3128)}), programs=frozenset({"/bin/deno"}))


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/watch?v=x",
        "https://rr1---sn-fake.googlevideo.com/videoplayback",
        "https://i.ytimg.com:443/vi/x",
        "https://YOUTU.BE./x",
    ],
)
def test_the_sites_own_addresses_pass(url: str) -> None:
    EGRESS.check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://www.youtube.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://youtube.com.evil.example/",
        "https://evilyoutube.com/",
        "https://youtube.com@127.0.0.1/",
        "https://www.youtube.com:8443/",
        "file:///etc/passwd",
        "ftp://youtube.com/",
        "data:text/plain,x",
        "https://[",
        "https:///x",
        "https://vimeo.com/1",
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(EgressRefused):
        EGRESS.check_url(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.255.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "fec0::1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "localhost",
        "www.youtube.com",
    ],
)
def test_only_public_addresses_are_connected_to(host: str) -> None:
    with pytest.raises(EgressRefused):
        EGRESS.check_address((host, 443))


@pytest.mark.parametrize(
    "address", [("142.250.74.110", 443), ("2a00:1450:4001::200e", 443, 0, 0), ("127.0.0.1", 3128), None]
)
def test_public_addresses_and_the_proxy_itself_are(address: object) -> None:
    EGRESS.check_address(address)


@pytest.mark.parametrize("address", [("127.0.0.1", 3129), ("127.0.0.2", 3128), "/run/docker.sock", b"\0abstract", ()])
def test_nothing_beside_the_proxy_is(address: object) -> None:
    with pytest.raises(EgressRefused):
        EGRESS.check_address(address)


def test_names_beside_the_sites_are_not_even_looked_up() -> None:
    EGRESS.check_name("www.youtube.com", 443)
    EGRESS.check_name(b"127.0.0.1", "3128")
    for host, port in (("localhost", 443), ("secret.evil.example", 443), ("127.0.0.1", 80), ("8.8.8.8", 53)):
        with pytest.raises(EgressRefused):
            EGRESS.check_name(host, port)


def test_only_the_javascript_runtime_may_be_started() -> None:
    EGRESS.check_program(b"/bin/deno")
    with pytest.raises(EgressRefused):
        EGRESS.check_program("ffmpeg")


def test_each_site_has_its_own_hosts() -> None:
    vimeo = Egress(VIMEO.domains)
    vimeo.check_url("https://player.vimeo.com/video/1")
    with pytest.raises(EgressRefused):
        vimeo.check_url("https://www.youtube.com/")


def test_a_proxy_is_known_by_name_and_by_address() -> None:
    assert proxy_endpoints(["http://user:word@localhost:3128"]) >= {("localhost", 3128), ("127.0.0.1", 3128)}
    assert proxy_endpoints(["127.0.0.1:8080"]) == {("127.0.0.1", 8080)}


GUARDED = """
import socket, subprocess, sys, urllib.request
from worker.download.egress import Egress, EgressRefused
listener = socket.create_server(("127.0.0.1", 0))
listener.settimeout(0.2)
port = listener.getsockname()[1]
real = socket.getaddrinfo
socket.getaddrinfo = lambda host, port, *rest, **more: real("127.0.0.1", port)  # a name that leads to loopback
name = "127.0.0.1"
Egress(("youtube.com", name), proxies=frozenset()).install()
tries = {
    "connect": lambda: socket.create_connection(("127.0.0.1", port)),
    "rebinding": lambda: socket.create_connection(("www.youtube.com", port)),
    "mapped": lambda: socket.socket(socket.AF_INET6).connect(("::ffff:127.0.0.1", port)),
    "name": lambda: socket.socket().connect(("localhost", port)),
    "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port)),
    "unix": lambda: socket.socket(socket.AF_UNIX).connect("/run/x"),
    "request": lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/"),
    "program": lambda: subprocess.run(["true"]),
}
for what, attempt in tries.items():
    try:
        attempt()
    except EgressRefused:
        print(what, "refused")
try:
    listener.accept()
except TimeoutError:
    print("nobody came")
"""


def test_a_guarded_process_reaches_nothing_on_this_machine() -> None:
    said = subprocess.run([sys.executable, "-c", GUARDED], capture_output=True, text=True, timeout=30)
    tries = ["connect", "rebinding", "mapped", "name", "datagram", "unix", "request", "program"]
    assert said.stdout.splitlines() == [*(f"{what} refused" for what in tries), "nobody came"], said.stderr
