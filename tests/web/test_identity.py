"""A trailer's identity over HTTP: given with a job or a list, searched, sorted, changed in part, and checked."""

import json
from typing import Any

import httpx
import pytest

from db.queue.job_records import Inputs
from db.records import TrailerLabels
from tests.support.web_service import store_trailer
from web.service import Service

TRAILER, OTHER = "youtube:film0000001", "youtube:film0000002"
PATH = f"/v1/trailers/{TRAILER}"
HEAT = {"external_id": "WB-0001", "title": "Heat", "year": 1995, "imdb_id": "tt0113277", "franchise": "Mann"}


@pytest.fixture(autouse=True)
def trailers(service: Service) -> None:
    store_trailer(service, TRAILER, title="Its page's title")
    store_trailer(service, OTHER, title="Another")


def edit(client: httpx.Client, **changes: Any) -> dict[str, Any]:
    answer = client.patch(PATH, json=changes)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def ids(client: httpx.Client, **params: Any) -> list[str]:
    answer = client.get("/v1/trailers", params=params)
    assert answer.status_code == 200, answer.text
    return [trailer["trailer_id"] for trailer in answer.json()["trailers"]]


def test_a_change_is_partial_and_null_clears(client: httpx.Client) -> None:
    changed = edit(client, **HEAT, metadata={"territory": "DE", "rating": 16})
    assert {name: changed[name] for name in HEAT} == HEAT
    assert (changed["film_id"], changed["external_ids"]) == ("tt0113277", ["WB-0001"])
    assert changed["prediction"]["external_id"] == "WB-0001"
    changed = edit(client, year=None, film="F-17", metadata={"rating": None, "seen": True})
    assert (changed["year"], changed["title"], changed["film_id"]) == (None, "Heat", "F-17")
    assert changed["metadata"] == {"territory": "DE", "seen": True}
    changed = edit(client, title=None, external_id=None, metadata=None)
    assert (changed["title"], changed["external_ids"], changed["metadata"]) == ("Its page's title", [], {})
    assert edit(client) == client.get(PATH).json()


def test_trailers_are_found_by_id_film_and_words_and_sorted_by_title_and_year(
    client: httpx.Client, service: Service
) -> None:
    edit(client, **HEAT, film="F-17")
    service.store.trailers.add_inputs(OTHER, Inputs(film="F-17", year=2001))
    assert ids(client, external_id="WB-0001") == ids(client, q="wb-0001 hea") == [TRAILER]
    assert sorted(ids(client, film_id="F-17")) == [TRAILER, OTHER]
    assert ids(client, sort="title") == ids(client, sort="year") == [OTHER, TRAILER]
    first = client.get("/v1/trailers", params={"sort": "title", "limit": 1}).json()
    assert ids(client, sort="title", cursor=first["next"]) == [TRAILER]
    page = client.get("/library", params={"film_id": "F-17"}).text
    assert "Heat" in page and "film F-17" in page


@pytest.mark.parametrize(
    "changes",
    [
        {"year": 1869},
        {"year": "1995"},
        {"year": True},
        {"imdb_id": "tt12"},
        {"imdb_id": "tt01132770000"},
        {"title": ""},
        {"title": "a\x00b"},
        {"title": "x" * 1001},
        {"external_id": {"$ne": None}},
        {"film": ["F-1"]},
        {"franchise": "\x1b[31m"},
        {"metadata": {"$set": 1}},
        {"metadata": {"a.b": 1}},
        {"metadata": {"a": {"b": 1}}},
        {"metadata": {"a": [1]}},
        {"metadata": {"a": 2**70}},
        {"metadata": {f"k{number}": 1 for number in range(51)}},
        {"metadata": {"a": "x" * 9000}},
        {"film_id": "F-1"},
        {"verdict": None},
        [],
    ],
)
def test_what_is_no_identity_is_refused_and_changes_nothing(client: httpx.Client, changes: Any) -> None:
    before = edit(client, **HEAT)
    answer = client.patch(PATH, json=changes)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), answer.text
    assert client.get(PATH).json() == before
    if isinstance(changes, dict) and changes.keys() <= HEAT.keys() | {"metadata", "film"}:
        answer = client.post("/v1/jobs", json={"source": "https://youtu.be/film0000003", **changes})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), answer.text


@pytest.mark.parametrize("body", ['{"metadata": {"a": NaN}}', '{"title": "\\ud800"}', '{"metadata": {"a": "\\ud800"}}'])
def test_what_json_can_say_and_a_database_not_is_refused(client: httpx.Client, body: str) -> None:
    answer = client.patch(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text


def test_metadata_that_becomes_too_much_is_refused(client: httpx.Client) -> None:
    edit(client, metadata={f"k{number}": 1 for number in range(50)})
    answer = client.patch(PATH, json={"metadata": {"new": 1}})
    assert (answer.status_code, "at most 50 keys" in answer.json()["message"]) == (422, True)
    assert edit(client, metadata={"new": 1, "k0": None})["metadata"]["new"] == 1


def test_a_trailer_that_is_not_stored_cannot_be_changed(client: httpx.Client) -> None:
    assert client.patch("/v1/trailers/youtube:nothing0000", json={"title": "x"}).status_code == 404
    assert client.patch("/v1/trailers/$ne", json={"title": "x"}).status_code == 404


def test_a_job_for_a_trailer_that_is_stored_already_changes_its_identity(client: httpx.Client) -> None:
    edit(client, external_id="WB-0000", year=1990)
    body = {"source": "https://youtu.be/film0000001", **HEAT, "metadata": {"territory": "DE"}}
    job = client.post("/v1/jobs", json=body)
    assert (job.status_code, job.json()["result"]["title"]) == (200, "Heat")
    trailer = client.get(PATH).json()
    assert (trailer["external_ids"], trailer["year"]) == (["WB-0000", "WB-0001"], 1995)
    assert trailer["metadata"] == {"territory": "DE"}


def test_a_list_brings_identities_and_metadata(client: httpx.Client) -> None:
    table = "url,House ID,Title,Year,Territory\nhttps://youtu.be/film0000001,WB-0001,Heat,1995,DE\n"
    params = {"metadata": "Territory", "name": "slate.csv"}
    batch = client.post("/v1/batches", content=table, params=params, headers={"Content-Type": "text/csv"}).json()
    (row,) = client.get(f"/v1/batches/{batch['batch_id']}/rows").json()["rows"]
    assert (row["status"], row["external_id"], row["title"], row["year"]) == ("done", "WB-0001", "Heat", 1995)
    assert (row["metadata"], batch["notes"]) == ({"Territory": "DE"}, [])
    assert "WB-0001" in client.get(f"/batches/{batch['batch_id']}").text


def test_a_request_that_cannot_be_read_is_told_in_plain_words(client: httpx.Client) -> None:
    form = client.post("/v1/jobs", content="source=x", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert "send one, with Content-Type: application/json" in form.json()["message"]
    own_id = client.get("/v1/trailers/WB-0001")
    assert (own_id.status_code, "external_id=ID finds it by your own id" in own_id.json()["message"]) == (404, True)


def test_the_page_of_a_trailer_says_of_genres_that_no_word_covers_that_they_are_unknown(
    client: httpx.Client, service: Service
) -> None:
    service.store.labels.update({TRAILER: TrailerLabels(("Drama",), "house", known=("Drama",))})
    table = client.get(f"/trailers/{TRAILER}").text.partition('class="comparison"')[2].partition("</table>")[0]
    others = [row for row in table.split("<tr>")[2:] if 'scope="row">Drama<' not in row]
    assert others and all('<td><span class="dim">unknown</span>' in row for row in others)


def test_a_reviewer_sees_whose_trailer_it_is(client: httpx.Client) -> None:
    edit(client, external_id="WB-0001", year=1995)
    page = client.get(f"/review?trailer={TRAILER}").text
    assert "<span>WB-0001</span><span>1995</span>" in page


def test_the_page_of_a_trailer_shows_its_identity_escaped(client: httpx.Client) -> None:
    evil = "<script>alert(1)</script>\"'"
    edit(client, external_id=evil, title=evil, film=evil, franchise=evil, metadata={"k<b>": evil})
    for path in (f"/trailers/{TRAILER}", "/library", "/library?" + str(httpx.QueryParams({"film_id": evil}))):
        page = client.get(path).text
        assert "<script>alert" not in page and "k<b>" not in page and "&lt;script&gt;" in page
    assert json.loads(client.get(PATH).text)["title"] == evil
