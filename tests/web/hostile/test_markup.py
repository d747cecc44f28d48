"""Markup in what strangers name: it is text on every page."""

import json
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest

from db.queue.job_records import Inputs, JobError
from tests.support.web_service import client_of, fail_next, store_trailer
from web.service import Service

PAGE = {"Accept": "text/html"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>{{7*7}}"
TRAILER = "youtube:eRsGyueVLvQ"


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


@pytest.mark.parametrize(
    "path",
    ["/", "/submit", "/library", f"/trailers/{TRAILER}", f"/trailers/{TRAILER}/card", f"/review?trailer={TRAILER}"],
)
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
        for path in (
            f"/batches/{batch['batch_id']}",
            "/batches",
            "/jobs",
            "/jobs?stage=failed&code=corrupt",
            "/submit",
        ):
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
