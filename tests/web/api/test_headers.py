"""Headers: request ids, what is left of the rate, other sites' pages, and files that need no second sending."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from db.embedded.share import EmbeddedMongod
from tests.support.web_service import client_of, make_settings, open_service, store_trailer
from web.request_ids import RequestIdFilter
from web.service import Service
from worker.service.web_settings import read_web_settings

TRAILER = "youtube:film0000001"
FEATURES = f"/v1/trailers/{TRAILER}/features.npy"
CMS = "https://cms.example"
TOKEN = "token-of-anna"


@pytest.fixture
def other_sites(tmp_path: Path, server: EmbeddedMongod) -> Iterator[httpx.Client]:
    """A client of a service whose API the pages of one other site may use."""
    web = read_web_settings({"TRAILERS_TOKENS": f"anna={TOKEN}", "TRAILERS_CORS": CMS})
    with open_service(make_settings(tmp_path / "home", server), web) as (_, url), client_of(url) as client:
        yield client


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/nothing", "/healthz", "/library"])
def test_a_request_id_is_echoed_or_made(client: httpx.Client, path: str) -> None:
    assert client.get(path, headers={"X-Request-ID": "cms-17:4"}).headers["X-Request-ID"] == "cms-17:4"
    made = [
        client.get(path, headers={"X-Request-ID": given}).headers["X-Request-ID"] for given in ("", "a b", "x" * 101)
    ]
    assert len(set(made)) == 3
    assert all(len(each) == 16 for each in made)


def test_the_log_names_the_request_that_went_wrong(
    client: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(RequestIdFilter())
    monkeypatch.setattr(service.store.jobs, "count", lambda _: 1 / 0)
    with caplog.at_level(logging.ERROR, "trailers"):
        answer = client.get("/v1/jobs", headers={"X-Request-ID": "cms-18"})
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (500, "cms-18")
    assert "[cms-18] an unexpected error" in caplog.text


def test_what_is_left_of_the_rate_is_told(tmp_path: Path, server: EmbeddedMongod) -> None:
    web = read_web_settings({"TRAILERS_REQUESTS_PER_MINUTE": "3"})
    with open_service(make_settings(tmp_path / "home", server), web) as (_, url), client_of(url) as client:
        answers = [client.get("/v1/nothing") for _ in range(4)]
        assert [each.headers["RateLimit-Remaining"] for each in answers] == ["2", "1", "0", "0"]
        assert {each.headers["RateLimit-Limit"] for each in answers} == {"3"}
        assert 55 <= int(answers[-1].headers["RateLimit-Reset"]) <= 60
        assert (answers[-1].status_code, "Retry-After" in answers[-1].headers) == (429, True)
        assert "RateLimit-Limit" not in client.get("/healthz").headers


def test_pages_of_a_named_site_may_use_the_api(other_sites: httpx.Client) -> None:
    wanted = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "Authorization"}
    before = other_sites.options("/v1/jobs", headers={"Origin": CMS, **wanted})
    assert (before.status_code, before.headers["Access-Control-Allow-Origin"]) == (200, CMS)
    bearer = {"Authorization": f"Bearer {TOKEN}", "Origin": CMS, "Sec-Fetch-Site": "cross-site"}
    answer = other_sites.post("/v1/jobs", json={"source": "film0000009"}, headers=bearer)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (202, CMS)
    assert "RateLimit-Remaining" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_pages_of_a_named_site_need_a_token_of_their_own_not_the_cookie_of_who_is_signed_in(
    other_sites: httpx.Client,
) -> None:
    signed_in = {"Cookie": f"trailers_token={TOKEN}"}
    assert other_sites.get("/v1/jobs", headers=signed_in).status_code == 200
    foreign = {**signed_in, "Origin": CMS}
    assert other_sites.get("/v1/jobs", headers=foreign).status_code == 401
    assert other_sites.delete("/v1/jobs/0123456789abcdef01234567", headers=foreign).status_code == 401


def test_pages_of_any_other_site_may_not(other_sites: httpx.Client, client: httpx.Client) -> None:
    evil = {"Authorization": f"Bearer {TOKEN}", "Origin": "https://evil.example"}
    for each in (other_sites, client):
        answer = each.post("/v1/jobs", json={"source": "film0000009"}, headers=evil)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Origin" not in client.get("/v1/jobs", headers={"Origin": CMS}).headers


def test_features_are_sent_once_and_in_parts(client: httpx.Client, service: Service) -> None:
    store_trailer(service, TRAILER)
    whole = client.get(FEATURES)
    assert np.load(io.BytesIO(whole.content)).shape == (30, 2048)
    again = client.get(FEATURES, headers={"If-None-Match": f'W/"x", {whole.headers["ETag"]}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", whole.headers["ETag"])
    assert client.get(FEATURES, headers={"If-None-Match": "*"}).status_code == 304
    assert (whole.headers["Cache-Control"], whole.headers["Accept-Ranges"]) == ("private, no-cache", "bytes")
    features_id = whole.headers["X-Features-Id"]
    assert "max-age=86400" in client.get(FEATURES, params={"features_id": features_id}).headers["Cache-Control"]
    store_trailer(service, TRAILER)  # analysed again
    assert client.get(FEATURES, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "span"),
    [("bytes=0-5", slice(0, 6)), ("bytes=100-", slice(100, None)), ("bytes=-7", slice(-7, None))],
)
def test_a_part_of_a_file_is_sent(client: httpx.Client, service: Service, wanted: str, span: slice) -> None:
    store_trailer(service, TRAILER)
    whole = client.get(FEATURES)
    part = client.get(FEATURES, headers={"Range": wanted})
    assert (part.status_code, part.content) == (206, whole.content[span])
    first, *_ = range(len(whole.content))[span]
    assert part.headers["Content-Range"] == f"bytes {first}-{first + len(part.content) - 1}/{len(whole.content)}"
    changed = client.get(FEATURES, headers={"Range": wanted, "If-Range": '"older"'})
    assert (changed.status_code, changed.content) == (200, whole.content)


def test_a_part_behind_the_end_is_refused_and_an_odd_one_is_the_whole(client: httpx.Client, service: Service) -> None:
    store_trailer(service, TRAILER)
    size = len(client.get(FEATURES).content)
    refused = client.get(FEATURES, headers={"Range": f"bytes={size}-"})
    assert (refused.status_code, refused.headers["Content-Range"]) == (416, f"bytes */{size}")
    for odd in ("bytes=5-2", "bytes=0-1,4-5", "bytes=-", "lines=0-5", "bytes=x", f"bytes={'9' * 5000}-"):
        assert client.get(FEATURES, headers={"Range": odd}).status_code == 200, odd
