import re
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from db.embedded.share import EmbeddedMongod
from tests.support.web_service import client_of, make_settings, open_service
from worker.service.web_settings import read_web_settings

TOKEN, OTHER = "token-of-anna", "token-of-bob"
LOCKED = read_web_settings({"TRAILERS_TOKENS": f"anna={TOKEN},bob={OTHER}", "TRAILERS_REQUESTS_PER_MINUTE": "10"})
LINK = {"source": "https://youtu.be/eRsGyueVLvQ"}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, server: EmbeddedMongod) -> Iterator[str]:
    """An open service on this machine."""
    settings = make_settings(tmp_path_factory.mktemp("web") / "home", server)
    web = read_web_settings({"TRAILERS_REQUESTS_PER_MINUTE": "100000", "TRAILERS_HOSTS": "trailers.lan"})
    with open_service(settings, web) as (_, url):
        yield url


@pytest.fixture
def locked(tmp_path: Path, server: EmbeddedMongod) -> Iterator[str]:
    """A service that asks for tokens, ten requests a minute each."""
    with open_service(make_settings(tmp_path / "home", server), LOCKED) as (_, url):
        yield url


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_is_needed_for_all_but_health_and_signing_in(locked: str) -> None:
    with client_of(locked) as client:
        answer = client.get("/v1/jobs")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
        for path in ("/metrics", "/openapi.json", "/v1/models", "/v1/nothing"):
            assert client.get(path).status_code == 401, path
        assert client.get("/v1/jobs", headers=bearer(TOKEN)).status_code == 200


@pytest.mark.parametrize("header", ["Bearer wrong-token", "Bearer", "Basic dTpw", f"bearer {TOKEN}x", "Bearer \xe9"])
def test_a_wrong_token_lets_nobody_in(locked: str, header: str) -> None:
    with client_of(locked) as client:
        headers = {"Authorization": header.encode("latin-1")}
        assert client.get("/v1/jobs", headers=headers).status_code == 401  # type: ignore[arg-type]


def test_the_eleventh_request_of_a_minute_is_refused_for_its_token_alone(locked: str) -> None:
    with client_of(locked, **bearer(TOKEN)) as client:
        statuses = [client.post("/v1/jobs", json=LINK).status_code for _ in range(10)]
        assert set(statuses) == {202}
        refused = client.post("/v1/jobs", json=LINK)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert 1 <= int(refused.headers["Retry-After"]) <= 6
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/jobs", headers=bearer(OTHER)).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", ""])
def test_where_anybody_here_may_ask_a_foreign_name_that_leads_here_may_not(local: str, host: str) -> None:
    with client_of(local) as client:
        answer = client.get("/v1/jobs", headers={"Host": host})
        assert answer.status_code in (400, 403)
    with client_of(local) as client:
        assert client.get("/v1/jobs", headers={"Host": "trailers.lan"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_another_sites_page_can_not_have_a_browser_ask(local: str, headers: dict[str, str]) -> None:
    with client_of(local) as client:
        answer = client.post("/v1/jobs", json=LINK, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        own = {"Origin": local, "Sec-Fetch-Site": "same-origin"}
        assert client.post("/v1/jobs", json=LINK, headers=own).status_code == 202


def test_no_other_site_may_read_an_answer(local: str) -> None:
    with client_of(local) as client:
        preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
        for answer in (client.options("/v1/jobs", headers=preflight), client.get("/v1/jobs", headers=preflight)):
            assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/v1/jobs", "/healthz", "/v1/nothing", "/v1/jobs/x"])
def test_every_answer_tells_browsers_to_be_careful(local: str, path: str) -> None:
    with client_of(local) as client:
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_a_body_over_the_limit_is_refused_before_and_while_it_comes(local: str) -> None:
    with client_of(local) as client:
        said = client.post("/v1/jobs", content=b"x" * 65_537)
        assert (said.status_code, said.json()["code"]) == (413, "too_large")
        pieces = (b"x" * 4096 for _ in range(17))
        streamed = client.post("/v1/jobs", content=pieces)
        assert (streamed.status_code, streamed.json()["code"]) == (413, "too_large")
        assert client.post("/v1/jobs", content=b" " * 60_000 + b"{}").status_code == 422


def test_an_unknown_path_and_method_are_told_as_the_api_tells_errors(local: str) -> None:
    with client_of(local) as client:
        assert client.get("/v1/nothing").json()["code"] == "not_found"
        assert (client.put("/v1/jobs").status_code, client.put("/v1/jobs").json()["code"]) == (
            405,
            "method_not_allowed",
        )


@pytest.mark.slow
def test_a_database_that_is_away_is_told_without_its_address(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "home").model_copy(update={"mongodb_uri": "mongodb://user:word@127.0.0.1:9/"})
    with open_service(settings, read_web_settings({})) as (_, url), client_of(url) as client:
        away = client.get("/v1/jobs")
        assert (away.status_code, away.json()["code"]) == (503, "store_unavailable")
        assert not {"mongodb", "127.0.0.1", "word"} & set(re.split(r"\W", away.text))
        assert away.headers["Retry-After"] == "5"
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200


def test_a_database_that_was_killed_is_started_again_and_nothing_is_lost(tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "home")
    with open_service(settings, read_web_settings({})) as (_, url), client_of(url) as client:
        job = client.post("/v1/jobs", json=LINK).json()
        kill_mongod(settings.home)
        deadline = time.monotonic() + 60
        while (found := client.get(f"/v1/jobs/{job['job_id']}")).status_code != 200:
            assert found.json()["code"] == "store_unavailable"
            assert time.monotonic() < deadline
        assert found.json() == job


def kill_mongod(home: Path) -> None:
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or [""]
        if words[0].endswith("mongod") and str(home) in " ".join(words):
            process.kill()
            psutil.wait_procs([process], timeout=10)
            return
    raise AssertionError("no mongod runs")
