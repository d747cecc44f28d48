"""Exports over HTTP: the tags of those trailers that a search with the same filters finds."""

import csv
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from db.identity import IdentityEdit
from db.records import TrailerLabels
from tests.support.browser import open_browser, open_page, serious_issues, shoot
from tests.support.web_service import store_trailer
from web.reviews import save_review
from web.service import Service
from worker.exporting.tags import COLUMNS

FIRST, SECOND = "youtube:film0000001", "youtube:film0000002"


@pytest.fixture(scope="module")
def shared(shared: tuple[Service, str]) -> tuple[Service, str]:
    """The service of this file, with a trailer that somebody has reviewed, and one of another film."""
    service = shared[0]
    for trailer_id in (FIRST, SECOND):
        store_trailer(service, trailer_id, title="=Night & day")
    service.store.identities.edit(SECOND, IdentityEdit(film="F-2", title="Heat"))
    service.store.labels.update({SECOND: TrailerLabels(("Drama",), "house")})
    trailer = service.store.library.get(FIRST)
    assert trailer
    save_review(service.store, trailer, {"Horror": "add"}, reviewer="anna", note=None)
    return shared


@pytest.fixture
def service(shared: tuple[Service, str]) -> Service:
    return shared[0]


def rows(client: httpx.Client, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/export/tags", params={**params, "format": "jsonl"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jsonl")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_the_tags_are_sent_as_a_file_whose_cells_no_spreadsheet_runs(client: httpx.Client) -> None:
    answer = client.get("/v1/export/tags")
    assert answer.headers["content-disposition"] == 'attachment; filename="trailers-tags.csv"'
    read = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [(row["trailer_id"], row["title"]) for row in read] == [(SECOND, "Heat"), (FIRST, "'=Night & day")]
    assert tuple(read[0]) == tuple(COLUMNS)


def test_a_trailer_tells_whose_tags_it_has(client: httpx.Client) -> None:
    second, first = rows(client)
    assert (first["reviewed_tags"], first["reviewer"], second["house_tags"]) == (["Horror"], "anna", ["Drama"])
    assert [second[name] for name in ("reviewed_tags", "reviewer", "film_id")] == [[], None, "F-2"]


@pytest.mark.parametrize(
    "params",
    [
        {"reviewed": True},
        {"film_id": "F-2"},
        {"q": "night"},
        {"genre": "Drama", "min_score": 0.0},
        {"changed_since": "2199-01-01T00:00Z"},
        {"changed_since": "2026-01-01"},
    ],
)
def test_the_filters_are_those_of_a_search(client: httpx.Client, params: dict[str, Any]) -> None:
    found = client.get("/v1/trailers", params=params).json()["trailers"]
    assert [row["trailer_id"] for row in rows(client, **params)] == [trailer["trailer_id"] for trailer in found]


@pytest.mark.parametrize(
    "params",
    [{"format": "parquet"}, {"changed_since": "soon"}, {"min_score": 0.5}, {"sort": "title"}, {"genre": "$x"}],
)
def test_what_is_no_filter_is_refused(client: httpx.Client, params: dict[str, Any]) -> None:
    answer = client.get("/v1/export/tags", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


def test_the_library_page_offers_the_tags_of_the_trailers_that_it_found(client: httpx.Client) -> None:
    page = client.get(
        "/library", params={"q": "heat & co", "reviewed": "0", "sort": "title", "changed_since": "2026-01-01"}
    )
    (url,) = re.findall(r'href="(/v1/export/tags[^"]*)" download', page.text)
    assert html.unescape(url) == "/v1/export/tags?changed_since=2026-01-01T00%3A00%3A00Z&q=heat+%26+co&reviewed=0"
    assert client.get(html.unescape(url)).status_code == 200
    assert '<a class="button" href="/v1/export/tags" download>' in client.get("/library").text


@pytest.mark.slow
def test_the_button_downloads_what_the_filters_show(shared: tuple[Service, str], tmp_path: Path) -> None:
    with open_browser() as browser, open_page(browser, shared[1], width=390) as page:
        page.goto("/library?film_id=F-2")
        shoot(page, "library-export")
        assert serious_issues(page) == []
        with page.expect_download() as download:
            page.get_by_role("link", name="Tags as CSV").click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
        page.complaints.clear()  # type: ignore[attr-defined]  # the trailer has no cover
    assert "Heat" in (tmp_path / "trailers-tags.csv").read_text("utf-8-sig").splitlines()[1]
