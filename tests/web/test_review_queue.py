"""The queue of reviews over HTTP: each token's own, skipping and assigning."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from tests.db.test_library import add
from tests.support.web_service import client_of, make_settings, open_service
from web.service import Service
from worker.service.web_settings import read_web_settings

FIRST, SECOND, THIRD = (f"youtube:{letter * 11}" for letter in "abc")


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, server: EmbeddedMongod) -> Iterator[tuple[Service, str]]:
    """A service that Anna and Ben have tokens of."""
    web = read_web_settings({"TRAILERS_TOKENS": "anna=anna-secret,ben=ben-secret"})
    with open_service(make_settings(tmp_path_factory.mktemp("web") / "home", server), web) as opened:
        yield opened


@pytest.fixture
def people(team: tuple[Service, str]) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Clients of Anna and Ben, and three trailers that wait."""
    service, url = team
    service.store._access.collection("trailers").delete_many({})
    service.store._access.collection("reviews").delete_many({})
    for trailer_id, score in ((FIRST, 0.9), (SECOND, 0.8), (THIRD, 0.7)):
        add(service.store, trailer_id, f"Film {trailer_id[-1]}", genres=("Comedy",), Horror=score, Comedy=0.95)
    clients = [client_of(url, Authorization=f"Bearer {name}-secret") for name in ("anna", "ben")]
    with clients[0], clients[1]:
        yield clients[0], clients[1]


def read(client: httpx.Client, **options: Any) -> list[str]:
    """Return a queue, page by page."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/v1/reviews/queue", params={**options, **cursor}).raise_for_status().json()
        found += [each["trailer_id"] for each in page["trailers"]]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def test_a_token_s_owner_skips_in_their_own_queue_alone(people: tuple[httpx.Client, httpx.Client]) -> None:
    anna, ben = people
    skipped = anna.post(f"/v1/trailers/{FIRST}/review/skip")
    assert (skipped.status_code, skipped.json()["reviewer"]) == (201, "anna")
    assert read(anna) == read(ben, reviewer="anna", limit=1) == [SECOND, THIRD, FIRST]
    assert read(ben) == [FIRST, SECOND, THIRD]
    last = anna.get("/v1/reviews/queue").json()["trailers"][-1]
    assert last["skipped_at"].rstrip("Z")[:19] == skipped.json()["skipped_at"].rstrip("Z")[:19]
    assert (last["title"], last["value"], last["is_assigned"]) == ("Film a", 0.9, False)
    assert anna.post("/v1/trailers/youtube:nothing0000/review/skip").status_code == 404


def test_what_is_assigned_is_reviewed_first_and_then_again_as_a_second_opinion(
    people: tuple[httpx.Client, httpx.Client],
) -> None:
    anna, ben = people
    answer = anna.post("/v1/reviews/assign", json={"to": "ben", "q": "film", "genre": ["Horror"], "limit": 1})
    assert (answer.status_code, answer.json()) == (200, {"to": "ben", "assigned": 1, "cleared": 0})
    assert (read(ben), read(anna)) == ([FIRST, SECOND, THIRD], [SECOND, THIRD])
    decisions = {"Comedy": "accept"}
    assert ben.post(f"/v1/trailers/{FIRST}/review", json={"decisions": decisions}).status_code == 201
    second = {"to": "anna", "second_opinion": True}
    assert anna.post("/v1/reviews/assign", json=second).json()["assigned"] == 1
    assert (read(anna), read(ben)) == ([FIRST, SECOND, THIRD], [SECOND, THIRD])
    assert anna.post("/v1/reviews/assign", json={"clear": True}).json() == {"to": None, "assigned": 0, "cleared": 1}
    assert read(anna) == [SECOND, THIRD]


def test_learning_says_about_which_genre_and_its_cursor_is_its_own(people: tuple[httpx.Client, httpx.Client]) -> None:
    anna, _ = people
    assert read(anna, order="learning", limit=2) == [THIRD, SECOND, FIRST]
    page = anna.get("/v1/reviews/queue", params={"order": "learning", "limit": 1}).json()
    assert page["trailers"][0]["genre"] == "Horror"
    wrong = anna.get("/v1/reviews/queue", params={"cursor": page["next"]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_request")


@pytest.mark.parametrize(
    "body", [{}, {"to": ""}, {"to": "a\x00b"}, {"to": "anna", "limit": 0}, {"to": "anna", "genre": ["$where"]}]
)
def test_an_assignment_that_makes_no_sense_is_refused(
    people: tuple[httpx.Client, httpx.Client], body: dict[str, Any]
) -> None:
    answer = people[0].post("/v1/reviews/assign", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
