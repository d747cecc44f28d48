"""Requests of people who mean harm: nothing of them is run, nothing of this machine is told, nobody else waits."""

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from db.library import Library
from db.queue.claims import Where
from db.queue.job_records import Claim, Inputs, JobError
from db.queue.jobs import Jobs
from db.queue.requests import Requests
from tests.support.web_service import client_of, make_settings, open_service, store_trailer
from web import job_submission
from web.pages.login import safe_path
from web.service import Service
from worker.service.web_settings import read_web_settings

TOKEN = "token-that-nobody-may-see"
LINK = {"source": "https://youtu.be/dQw4w9WgXcQ"}  # of no stored trailer
JSON = {"Content-Type": "application/json"}
PAGE = {"Accept": "text/html"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>{{7*7}}"
TRAILER = "youtube:eRsGyueVLvQ"
SECRET = "mongodb://root:pa55word@10.1.2.3/ in '/home/anna/private/x.py', token-that-nobody-may-see"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, server: EmbeddedMongod) -> Iterator[str]:
    """A service that asks for a token."""
    settings = make_settings(tmp_path_factory.mktemp("locked") / "home", server)
    web = read_web_settings({"TRAILERS_TOKENS": f"anna={TOKEN}", "TRAILERS_REQUESTS_PER_MINUTE": "40"})
    with open_service(settings, web) as (_, url):
        yield url


@pytest.fixture
def service(shared: tuple[Service, str]) -> Service:
    for name in ("jobs", "requests", "batches", "batch_rows"):
        shared[0].store._access.database[name].delete_many({})
    return shared[0]


def talk(url: str, data: bytes, *, seconds: float = 10) -> bytes:
    """Return what the server says to some bytes, until it hangs up or says no more."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=seconds) as line:
        line.sendall(data)
        said = b""
        line.settimeout(0.4)
        try:
            while piece := line.recv(65536):
                said += piece
        except TimeoutError:
            pass
    return said


# What is sent as JSON

INJECTED: tuple[object, ...] = ({"$ne": None}, {"$gt": ""}, {"$where": "sleep(9999)"}, [{"$ne": 1}], True, 1, 1.5, None)


@pytest.mark.parametrize("value", INJECTED)
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/jobs", "source"),
        ("/v1/jobs", "plot"),
        ("/v1/jobs", "poster"),
        ("/v1/jobs", "priority"),
        ("/v1/jobs", "webhook"),
        ("/v1/plots/predict", "plot"),
        (f"/v1/trailers/{TRAILER}/review", "decisions"),
        (f"/v1/trailers/{TRAILER}/review", "note"),
        (f"/v1/trailers/{TRAILER}/review/undo", "review_id"),
        ("/v1/reviews/assign", "to"),
        ("/v1/reviews/assign", "q"),
        ("/v1/reviews/assign", "second_opinion"),
        ("/v1/batches/20261121-6f1c2a9b/retry", "code"),
    ],
)
def test_an_operator_is_no_value_anywhere(client: httpx.Client, path: str, field: str, value: object) -> None:
    base = LINK if path == "/v1/jobs" else {"decisions": {"Drama": "add"}} if path.endswith("review") else {}
    may_be_left_out = value is None and field not in ("source", "priority", "decisions")
    if (may_be_left_out and path != "/v1/plots/predict") or (field == "priority" and value == 1):
        return
    answer = client.post(path, json={**base, field: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), answer.text


@pytest.mark.parametrize(
    "value", ["$ne", "[$ne]=1", "{'$gt': ''}", "\x00", "a\r\nb", "..%2f", "\ud7ff\uffff", "🎬" * 500]
)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/jobs?stage=",
        "/v1/jobs?code=",
        "/v1/jobs?limit=",
        "/v1/batches?limit=",
        "/v1/trailers?sort=",
        "/v1/reviews/queue?order=",
        "/v1/reviews/queue?cursor=",
        "/jobs?cursor=",
    ],
)
def test_an_operator_is_no_parameter(client: httpx.Client, path: str, value: str) -> None:
    place, _, name = path.rstrip("=").partition("?")
    answer = client.get(place, params={name: value})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/v1/jobs/{}",
        "/v1/jobs/{}/events",
        "/v1/batches/{}",
        "/v1/batches/{}/rows",
        "/v1/trailers/{}",
        "/v1/trailers/{}/similar",
        "/v1/trailers/{}/features.npy",
        "/trailers/{}",
        "/trailers/{}/cover.jpg",
        "/trailers/{}/filmstrip.jpg",
        "/posters/{}.webp",
        "/batches/{}",
        "/static/{}",
    ],
)
def test_a_path_leads_nowhere_but_to_what_it_names(client: httpx.Client, path: str) -> None:
    for part in (
        *("$ne", "..", "../..", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2fguard.py", "..%5c..%5cguard.py"),
        *("%00", "%0d%0aX-Evil:%201", "%c0%ae%c0%ae", "%ff", "%ed%a0%80", "a" * 4000, "{$ne:1}", "//etc/passwd", ""),
    ):
        answer = client.get(path.format(part), headers={"Accept": "application/json"})
        assert answer.status_code in (404, 422, 405, 200), part
        assert answer.status_code != 200 or part.startswith("..") or not part, part  # they lead up among our addresses
        assert "root:" not in answer.text
        assert "X-Evil" not in answer.headers


@pytest.mark.parametrize(
    "data",
    [
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "priority": 1e999}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "priority": NaN}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "priority": -Infinity}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "priority": 1%s}' % (b"0" * 400),
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "priority": 1%s}' % (b"0" * 20_000),
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "plot": "\\ud800"}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "\\ud800": 1}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "plot": "\xc0\xae"}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "plot": "\xed\xa0\x80"}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "plot": "\x00"}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "source": {"$ne": 1}}',
        b'{"source": "https://youtu.be/eRsGyueVLvQ", "plot": %s1%s}' % (b"[" * 20_000, b"]" * 20_000),
        b'{"a": ' * 9000,
        b"null",
        b"\xef\xbb\xbf{}",
    ],
)
def test_json_that_is_odd_is_refused_and_nothing_comes_of_it(
    client: httpx.Client, service: Service, data: bytes
) -> None:
    answer = client.post("/v1/jobs", content=data, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    assert set(answer.json()) == {"code", "message", "job_id"}
    assert service.store.jobs.count_open("local", at_most=9) == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "", "x" * 3000])
def test_json_comes_as_json_only(client: httpx.Client, service: Service, kind: str) -> None:
    """A form of another site's page can send these types without asking."""
    answer = client.post("/v1/jobs", content=json.dumps(LINK), headers={"Content-Type": kind})
    assert answer.status_code == 422
    assert service.store.jobs.count_open("local", at_most=9) == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "k\xe9y"])
def test_an_idempotency_key_is_a_short_plain_text(client: httpx.Client, key: str) -> None:
    answer = client.post("/v1/jobs", json=LINK, headers={b"Idempotency-Key": key.encode("latin-1")})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


# The protocol

RAW = (
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9%s\r\n\r\n" % (b"9" * 5000),
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n\r\n",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzzzz\r\n",
    b"GET /v1/jobs HTTP/1.1\r\nHost: [\r\n\r\n",
    b"GET /v1/jobs HTTP/1.1\r\nHost: localhost:99999999\r\n\r\n",
    b"GET /v1/jobs HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n",
    b"GET //evil.example/v1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v1/jobs?stage=%ff%fe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v1/jobs HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET /v1/jobs HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a=b;" * 9000 + b"\r\n\r\n",
    b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nOrigin: http://[\r\nContent-Length: 0\r\n\r\n",
    b"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://evil.example/v1/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    b"\x00" * 2000,
)


@pytest.mark.parametrize("data", RAW)
def test_bytes_that_are_no_proper_request_are_refused_or_answered_in_order(client: httpx.Client, data: bytes) -> None:
    said = talk(str(client.base_url), data)
    status = said.split(b" ", 2)[1] if said.startswith(b"HTTP/1.1 ") else b"none"
    assert status in (b"none", b"200", b"400", b"403", b"404", b"405", b"413", b"422"), said[:200]
    assert b"Traceback" not in said
    assert client.get("/healthz").status_code == 200


def test_a_body_is_refused_before_its_end(client: httpx.Client) -> None:
    line = http.client.HTTPConnection(client.base_url.host, client.base_url.port, timeout=60)
    line.putrequest("POST", "/v1/jobs")
    for name, value in {**JSON, "Transfer-Encoding": "chunked"}.items():
        line.putheader(name, value)
    line.endheaders()
    for _ in range(1040):  # more than is read of a refused body; its end is never sent
        line.send(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
    answer = line.getresponse()
    assert (answer.status, json.load(answer)["code"]) == (413, "too_large")
    line.close()
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/v1/jobs", "GET, POST"), ("/v1/trailers", "GET"), ("/v1/plots/predict", "POST"), ("/library", "GET")],
)
def test_a_method_that_is_none_is_told_which_there_are(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json()["code"] == "bad_request"


def test_headers_alone_may_be_asked_for(client: httpx.Client) -> None:
    job = client.post("/v1/jobs", json=LINK).headers["Location"]
    for path in ("/v1/jobs", job, "/healthz", "/metrics", "/library", "/static/page.js", "/openapi.json"):
        head, whole = client.head(path), client.get(path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["Content-Type"] == whole.headers["Content-Type"]
    assert client.head("/v1/nothing").status_code == 404
    assert client.head(f"{job}/events").status_code == 405


def test_what_is_not_there_is_not_kept_for_ever(client: httpx.Client) -> None:
    assert client.get("/static/nothing.js").headers["Cache-Control"] == "no-store"
    assert "immutable" in client.get("/static/page.js?v=1").headers["Cache-Control"]
    assert client.get("/static/nothing.js?v=1").headers["Cache-Control"] == "no-store"


# Who asks

FORWARDED = {"X-Forwarded-Proto": "https"}


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


def test_guesses_at_a_token_are_counted_wherever_they_are_made(tmp_path: Path, server: EmbeddedMongod) -> None:
    web = read_web_settings({"TRAILERS_TOKENS": f"anna={TOKEN}", "TRAILERS_REQUESTS_PER_MINUTE": "5"})
    with open_service(make_settings(tmp_path / "home", server), web) as (_, url), client_of(url) as client:
        statuses = [client.get("/metrics", headers={"Authorization": f"Bearer x{i}"}).status_code for i in range(7)]
        assert statuses == [401] * 5 + [429] * 2
        assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


# What is told of us


@pytest.mark.parametrize(
    ("owner", "method", "path"),
    [
        (Jobs, "list", "/v1/jobs"),
        (Jobs, "get", f"/v1/jobs/{'0' * 24}"),
        (Jobs, "submit", "/v1/jobs"),
        (Library, "find", "/v1/trailers"),
        (Library, "find", "/library"),
        (Requests, "begin", "/v1/jobs"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_mistake_of_ours_tells_nothing_of_this_machine(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, owner: type, method: str, path: str, accept: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(owner, method, fail)
    headers = {"Accept": accept, "Idempotency-Key": "k"}
    sent = owner is Requests or method == "submit"
    answer = client.post(path, json=LINK, headers=headers) if sent else client.get(path, headers=headers)
    assert answer.status_code == 500
    for secret in ("pa55word", "10.1.2.3", "mongodb", "anna", "private", TOKEN, "RuntimeError", "Traceback", ".py"):
        assert secret not in answer.text, secret
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.search("under reference [0-9a-f]{8}", answer.text)
    if path.startswith("/v1/"):
        assert answer.json()["code"] == "internal"


def test_a_jobs_mistake_is_told_neither_in_its_error_nor_in_its_history(client: httpx.Client, service: Service) -> None:
    job = client.post("/v1/jobs", json=LINK).headers["Location"]
    fail_next(service, JobError("internal", "permanent", SECRET))
    for path in (job, "/v1/jobs"):
        told = client.get(path).text
        assert '"internal"' in told
        assert not [secret for secret in ("pa55word", "10.1.2.3", "anna", TOKEN) if secret in told]


def fail_next(service: Service, error: JobError) -> None:
    where = Where("download", scratch="here")
    job = service.store.claims.claim(where, token="token", owner="test", lease_s=60, again=False)
    assert job is not None
    service.store.claims.fail(Claim(job.job_id, "token"), error, wait_s=0)


# Idempotency, at once and after a refusal


def test_a_refused_request_leaves_its_key_free(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "once"}
    assert client.post("/v1/jobs", json={"source": "https://example.org/"}, headers=key).status_code == 422
    answer = client.post("/v1/jobs", json=LINK, headers=key)
    assert answer.status_code == 202
    assert client.post("/v1/jobs", json={**LINK, "priority": 1}, headers=key).status_code == 409


def test_equal_requests_at_once_under_one_key_are_one_job(client: httpx.Client, service: Service) -> None:
    def ask(number: int) -> httpx.Response:
        return client.post("/v1/jobs", json=LINK, headers={"Idempotency-Key": f"key {number // 12}"})

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(36)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["job_id"] for answer in answers}) == 1
    assert service.store.jobs.count_open("local", at_most=9) == 1


def test_of_different_requests_at_once_under_one_key_one_is_met(
    client: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(8)
    create_job = job_submission.create_job

    def ask(number: int) -> httpx.Response:
        together.wait()
        source = {"source": f"https://youtu.be/video{number:06}"}
        return client.post("/v1/jobs", json=source, headers={"Idempotency-Key": "one"})

    def slow(*arguments: object) -> object:
        time.sleep(0.3)
        return create_job(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("web.api.jobs.create_job", slow)
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(ask, range(8)))
    assert statuses == [202] + [409] * 7
    assert service.store.jobs.count_open("local", at_most=9) == 1


# Pages

ATTRIBUTES = ("href", "src", "action", "formaction", "poster", "data-url")


class Page(HTMLParser):
    """What of a page a browser would run, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.texts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_script = tag == "script"
        if tag == "script" and not (given.get("src") or "").startswith("/static/") and not is_data(given):
            self.bad.append(f"script {attrs}")
        if tag in ("style", "object", "embed", "base") or (tag == "meta" and "http-equiv" in given):
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.bad.append(f"{name}={value}")
            if name in ATTRIBUTES and not is_ours(value or ""):
                self.bad.append(f"{name}={value}")
            self.texts.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and "<script" in data.lower():
            self.bad.append(data)
        self.texts.append(data)


def is_data(given: Mapping[str, str | None]) -> bool:
    return given.get("type") in ("application/json", "text/plain") and "src" not in given


def is_ours(address: str) -> bool:
    elsewhere = ("https://www.youtube.com/watch?v=", "https://www.youtube-nocookie.com/embed/")
    return (address.startswith(("/", "#", "?", *elsewhere)) and not address.startswith("//")) or address == ""


@pytest.fixture(scope="module")
def seeded(shared: tuple[Service, str]) -> None:
    """A trailer of which everything that strangers can name has markup for a name."""
    service, url = shared
    store_trailer(service, TRAILER, title=EVIL)
    given = Inputs(plot=f"{EVIL} a ghost", genres=("Drama", EVIL[:40]), label_source=EVIL[:40], title=EVIL)
    service.store.trailers.add_all_inputs([(TRAILER, given)])
    with client_of(url) as client:
        note = {"decisions": {"Drama": "accept"}, "note": EVIL}
        assert client.post(f"/v1/trailers/{TRAILER}/review", json=note).status_code == 201


def look(client: httpx.Client, path: str) -> Page:
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["Content-Type"].startswith("text/html")
    return Page(answer.text)


@pytest.mark.parametrize("path", ["/", "/library", f"/trailers/{TRAILER}", f"/review?trailer={TRAILER}"])
@pytest.mark.usefixtures("seeded")
def test_markup_in_what_strangers_name_is_text_on_every_page_of_trailers(client: httpx.Client, path: str) -> None:
    page = look(client, path)
    assert page.bad == []
    assert any("<script>alert(1)</script>" in text for text in page.texts)


def test_markup_in_lists_and_jobs_is_text_on_every_page_of_work(shared: tuple[Service, str], clip: Path) -> None:
    service, url = shared
    with client_of(url) as client:
        kind = {"Content-Type": "application/jsonl"}
        lines = [json.dumps({"url": source, "title": EVIL, "id": EVIL}) for source in ("video000001", EVIL)]
        batch = client.post("/v1/batches", content="\n".join(lines), params={"name": EVIL[:16]}, headers=kind).json()
        fail_next(service, JobError("corrupt", "permanent", f"{EVIL} is damaged"))
        upload = client.post("/v1/uploads", content=clip.read_bytes(), params={"name": EVIL.replace("/", "") + ".mp4"})
        client.post("/v1/jobs", json={"source": upload.json()["source"], "plot": f"{EVIL} a ghost"})
        for path in (f"/batches/{batch['batch_id']}", "/batches", "/jobs", "/jobs?stage=failed&code=corrupt", "/"):
            page = look(client, path)
            assert page.bad == [], path
            assert any("<script>alert(1)" in text for text in page.texts), path


@pytest.mark.parametrize(
    "path",
    [
        "/library?q={}",
        "/library?genre={}",
        "/login?next={}",
        "/review?order={}",
        "/jobs?code={}",
        "/jobs?stage={}",
        "/trailers/{}",
        "/{}",
        "/static/{}",
        "/v1/jobs/{}",
    ],
)
def test_markup_in_an_address_is_text_on_the_page_that_answers(client: httpx.Client, path: str) -> None:
    answer = client.get(path.format(httpx.QueryParams({"x": EVIL[:50]}).__str__()[2:]), headers=PAGE)
    assert answer.status_code < 500
    if answer.headers["Content-Type"].startswith("text/html"):
        assert Page(answer.text).bad == []
    else:
        assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["/plot", "/poster", "/models", "/login", "/jobs", "/library?q=nothing"])
def test_every_other_page_runs_our_scripts_only(client: httpx.Client, path: str) -> None:
    assert look(client, path).bad == []


@pytest.mark.parametrize("cursor", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0", "1e308", "-1e15"])
def test_a_made_up_moment_in_an_address_breaks_no_page(client: httpx.Client, cursor: str) -> None:
    assert client.get("/jobs", params={"cursor": cursor}, headers=PAGE).status_code in (200, 422)
