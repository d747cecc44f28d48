"""Signing in: only our own pages and the right token do."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from tests.support.web_service import client_of, make_settings, open_service
from web.pages.login import safe_path
from worker.errors import SettingsError
from worker.service.web_settings import read_web_settings

TOKEN = "token-that-nobody-may-see"
PAGE = {"Accept": "text/html"}


FORWARDED = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, server: EmbeddedMongod) -> Iterator[str]:
    """A service that asks for a token."""
    settings = make_settings(tmp_path_factory.mktemp("locked") / "home", server)
    web = read_web_settings(
        {
            "TRAILERS_TOKENS": f"anna={TOKEN}",
            "TRAILERS_REQUESTS_PER_MINUTE": "40",
            "TRAILERS_TRUSTED_PROXIES": "127.0.0.1",
        }
    )
    with open_service(settings, web) as (_, url):
        yield url


def test_a_sign_in_sets_a_cookie_that_no_script_and_no_other_site_has(locked: str) -> None:
    for headers, secure in (({}, False), (FORWARDED, True)):
        with client_of(locked) as client:
            answer = client.post("/login", data={"token": TOKEN, "next": "/library"}, headers=headers)
            assert (answer.status_code, answer.headers["Location"]) == (303, "/library")
            flags = {part.strip().lower() for part in answer.headers["Set-Cookie"].split(";")[1:]}
            assert {"httponly", "samesite=strict", "path=/"} <= flags
            assert ("secure" in flags) is secure
    with client_of(locked) as client:
        assert client.post("/login", data={"token": "wrong-token"}).status_code == 401
        assert "Set-Cookie" not in client.post("/login", data={"token": "wrong-token"}).headers


@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_another_sites_page_signs_nobody_in_or_out(locked: str, path: str) -> None:
    with client_of(locked, Cookie=f"trailers_token={TOKEN}") as client:
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
            answer = client.post(path, data={"token": TOKEN}, headers=headers)
            assert (answer.status_code, "Set-Cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/x\r\nSet-Cookie: a=b",
        " //evil.example",
        "evil.example",
        "/" + "x" * 600,
        "/\u2028//evil.example",
        "",
    ],
)
def test_a_sign_in_leads_to_our_own_pages_only(client: httpx.Client, target: str) -> None:
    assert safe_path(target) == "/"
    answer = client.post("/login", data={"token": "x", "next": target})
    assert answer.headers["Location"] == "/"
    assert len(answer.headers.get_list("Set-Cookie")) == 0
    page = client.get("/login", params={"next": target}, headers=PAGE)
    assert "evil.example" not in page.text


def test_a_stranger_is_led_to_the_sign_in_and_nowhere_else(locked: str) -> None:
    with client_of(locked) as client:
        answer = client.get("//evil.example/%0d%0aX-Evil:1", headers=PAGE)
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("/login?next=/")
        assert "X-Evil" not in answer.headers
        assert safe_path("//evil.example/") == "/"


@pytest.mark.parametrize(("trusted", "n_refused"), [("", 5), ("10.0.0.0/8", 5), ("127.0.0.1", 0)])
def test_an_address_and_https_are_believed_of_trusted_proxies_alone(
    tmp_path: Path, server: EmbeddedMongod, trusted: str, n_refused: int, caplog: pytest.LogCaptureFixture
) -> None:
    web = read_web_settings(
        {
            "TRAILERS_TOKENS": f"anna={TOKEN}",
            "TRAILERS_REQUESTS_PER_MINUTE": "5",
            "TRAILERS_TRUSTED_PROXIES": trusted,
        }
    )
    with open_service(make_settings(tmp_path / "home", server), web) as (_, url), client_of(url) as client:
        headers = [{**FORWARDED, "X-Forwarded-For": f"203.0.113.{i}"} for i in range(10)]
        statuses = [client.post("/login", data={"token": "wrong"}, headers=each).status_code for each in headers]
        assert statuses.count(429) == n_refused
    address = "203.0.113.0" if trusted == "127.0.0.1" else "127.0.0.1"
    assert f"a sign-in from {address} failed" in caplog.text


@pytest.mark.parametrize("text", ["*", "proxy.lan", "10.0.0.1/8", "127.0.0.1,300.1.1.1"])
def test_trusted_proxies_are_addresses_and_networks_alone(text: str) -> None:
    with pytest.raises(SettingsError, match="TRAILERS_TRUSTED_PROXIES"):
        read_web_settings({"TRAILERS_TRUSTED_PROXIES": text})


def test_guesses_at_a_token_are_counted_wherever_they_are_made(tmp_path: Path, server: EmbeddedMongod) -> None:
    web = read_web_settings({"TRAILERS_TOKENS": f"anna={TOKEN}", "TRAILERS_REQUESTS_PER_MINUTE": "5"})
    with open_service(make_settings(tmp_path / "home", server), web) as (_, url), client_of(url) as client:
        statuses = [client.get("/metrics", headers={"Authorization": f"Bearer x{i}"}).status_code for i in range(7)]
        assert statuses == [401] * 5 + [429] * 2
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
