"""Reviews by the API: all of them, those of a trailer, where reviewers differ and how far they agree."""

from typing import Any

import httpx
import pytest

from db.records import TrailerLabels
from tests.support.web_service import store_trailer
from web.library_search import find_trailer
from web.reviews import save_review, undo_review
from web.service import Service

A, B = "youtube:AAAAAAAAAAA", "youtube:BBBBBBBBBBB"


@pytest.fixture(autouse=True)
def reviewed(service: Service) -> None:
    """Two trailers: anna and ben differ about one, and agree about the other; a review of anna's was undone."""
    for trailer_id in (A, B):
        store_trailer(service, trailer_id, title=f"Film {trailer_id[-1]}")
        service.store.labels.update({trailer_id: TrailerLabels(("Drama",), "imdb")})
    review(service, A, "anna", War="add")
    review(service, A, "ben", War="reject")
    review(service, B, "anna", Drama="reject")
    undo_review(service.store, B, reviewer="ben", review_id=None)
    review(service, B, "anna", War="reject")
    review(service, B, "ben", War="reject")


def review(service: Service, trailer_id: str, by: str, **decisions: Any) -> None:
    reasons = dict.fromkeys(decisions, f"{by} says so")
    trailer = find_trailer(service.store, trailer_id)
    save_review(service.store, trailer, decisions, reviewer=by, note=None, reasons=reasons)


def listed(client: httpx.Client, address: str = "/v1/reviews", **params: Any) -> list[tuple[str, str]]:
    """Return trailer and reviewer of all reviews, read page by page."""
    found: list[tuple[str, str]] = []
    while True:
        page = client.get(address, params={**params, "limit": 2}).json()
        found += [(each["trailer_id"], each["reviewer"]) for each in page["reviews"]]
        if page["next"] is None:
            return found
        params["cursor"] = page["next"]


def test_reviews_are_listed_the_newest_first_by_trailer_person_and_time(client: httpx.Client) -> None:
    assert listed(client) == [(B, "ben"), (B, "anna"), (B, "anna"), (A, "ben"), (A, "anna")]
    assert listed(client, reviewer="ben") == [(B, "ben"), (A, "ben")]
    assert listed(client, trailer_id=A) == listed(client, f"/v1/trailers/{A}/reviews") == [(A, "ben"), (A, "anna")]
    times = [each["created_at"] for each in client.get("/v1/reviews").json()["reviews"]]
    assert listed(client, since=times[1]) == [(B, "ben"), (B, "anna")]
    assert listed(client, since="2199-01-01") == []
    assert client.get("/v1/trailers/youtube:nothing0000/reviews").status_code == 404


@pytest.mark.parametrize(
    "params",
    [{"cursor": "0" * 24}, {"cursor": "x"}, {"since": "yesterday"}, {"trailer_id": "$ne"}, {"limit": 0}, {"$where": 1}],
)
def test_a_listing_that_makes_no_sense_is_refused(client: httpx.Client, params: dict[str, Any]) -> None:
    answer = client.get("/v1/reviews", params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


def test_a_review_keeps_its_reasons_and_says_who_undid_it(client: httpx.Client) -> None:
    body = {"decisions": {"Drama": "reject", "War": "add"}, "reasons": {"Drama": "nobody weeps"}}
    made = client.post(f"/v1/trailers/{A}/review", json=body)
    assert (made.status_code, made.json()["reasons"], made.json()["undone_at"]) == (201, body["reasons"], None)
    client.post(f"/v1/trailers/{A}/review/undo")
    (last, *_) = client.get(f"/v1/trailers/{A}/reviews").json()["reviews"]
    assert (last["review_id"], last["reasons"]) == (made.json()["review_id"], body["reasons"])
    assert (last["undone_by"], last["undone_at"] is not None) == ("local", True)


@pytest.mark.parametrize(
    "reasons", [{"War": "no decision"}, {"Drama": ""}, {"Drama": "x" * 301}, {"Drama": 1}, ["Drama"]]
)
def test_reasons_that_make_no_sense_are_refused(client: httpx.Client, reasons: object) -> None:
    body = {"decisions": {"Drama": "accept"}, "reasons": reasons}
    answer = client.post(f"/v1/trailers/{A}/review", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


def test_where_reviewers_differ_each_is_named_with_the_reason(client: httpx.Client, service: Service) -> None:
    (found,) = client.get("/v1/reviews/disagreements").json()["disagreements"]
    assert (found["trailer_id"], found["title"]) == (A, "Film A")
    assert found["genres"] == [
        {
            "genre": "War",
            "yes": ["anna"],
            "no": ["ben"],
            "reasons": {"anna": "anna says so", "ben": "ben says so"},
        }
    ]
    review(service, B, "ben", Horror="add")
    first = client.get("/v1/reviews/disagreements", params={"limit": 1}).json()
    assert ([each["trailer_id"] for each in first["disagreements"]], first["next"]) == ([A], A)
    second = client.get("/v1/reviews/disagreements", params={"limit": 1, "cursor": A}).json()
    assert ([each["trailer_id"] for each in second["disagreements"]], second["next"]) == ([B], None)


def test_the_last_review_that_is_not_undone_is_a_persons_opinion(client: httpx.Client, service: Service) -> None:
    review(service, A, "ben", War="add")
    assert [each.reviewer for each in service.store.opinions.get(A).opinions] == ["anna", "ben"]
    assert client.get("/v1/reviews/disagreements").json() == {"disagreements": [], "next": None}
    undo_review(service.store, A, reviewer="anna", review_id=None)
    assert len(client.get("/v1/reviews/disagreements").json()["disagreements"]) == 1


def test_agreement_is_told_by_genre_with_the_number_of_trailers(client: httpx.Client) -> None:
    found = client.get("/v1/reviews/agreement").json()
    assert (found["reviewers"], found["trailers"]) == (["anna", "ben"], 2)
    by_genre = {each.pop("genre"): each for each in found["genres"]}
    told = {"method": "cohen", "trailers": 2, "reviewers": 2}
    assert by_genre["War"] == {**told, "kappa": 0.0, "observed": 0.5}
    assert by_genre["Drama"] == {**told, "kappa": None, "observed": 1.0}


def test_the_page_of_a_trailer_shows_reasons_and_where_reviewers_differ(client: httpx.Client) -> None:
    page = client.get(f"/trailers/{A}").text
    assert "ben says so" in page
    assert "Reviewers differ" in page
    assert "Reviewers differ" not in client.get(f"/trailers/{B}").text
