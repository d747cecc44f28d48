"""The map under /v1: its points, filters, samples, ETag, and an area as a filter of the library."""

from typing import Any

import httpx
import pytest

from db.fields import now
from db.library_map import DrawnMap
from tests.support.web_service import store_trailer
from tests.web.test_library import predict
from web.api import library_map
from web.service import Service

IDS = [f"youtube:film{number:07}" for number in range(4)]
PLACES = dict(zip(IDS, [(0.1, 0.1), (0.2, 0.2), (0.9, 0.9)], strict=False))
CORNER = "0.05,0.05;0.3,0.05;0.3,0.3;0.05,0.3"


@pytest.fixture
def library(service: Service) -> Service:
    """Four trailers, of which three are on the map, two crimes in its upper left corner."""
    for trailer_id in IDS:
        store_trailer(service, trailer_id, title=f"Film {trailer_id[-1]}", n_frames=2)
    for trailer_id, genres in zip(IDS, [("Crime", "Drama"), ("Crime",), (), ("Drama",)], strict=True):
        predict(service, trailer_id, *genres)
    assert service.store.library_map.claim("test", for_s=60)
    assert service.store.library_map.put("test", DrawnMap("inception_v3", 3, now()), PLACES)
    return service


def read(client: httpx.Client, **params: Any) -> dict[str, Any]:
    answer = client.get("/v1/library/map", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_an_empty_library_has_an_empty_map(service: Service, client: httpx.Client) -> None:
    found = read(client)
    assert (found["n"], found["n_trailers"], found["made_at"], found["trailer_ids"]) == (0, 0, None, [])


@pytest.mark.usefixtures("library")
def test_each_trailer_on_the_map_has_its_place_first_genre_and_title(client: httpx.Client) -> None:
    found = read(client)
    assert (found["n"], found["n_trailers"], found["is_sample"]) == (3, 4, False)
    assert list(zip(found["x"], found["y"], strict=True)) == list(PLACES.values())
    assert found["trailer_ids"] == IDS[:3]
    assert found["genres"] == ["Crime", "Crime", None]
    assert found["titles"] == ["Film 0", "Film 1", "Film 2"]


@pytest.mark.usefixtures("library")
def test_the_map_takes_the_filters_of_the_library(client: httpx.Client) -> None:
    assert read(client, genre="Drama")["trailer_ids"] == [IDS[0]]
    assert read(client, area=CORNER)["trailer_ids"] == IDS[:2]
    assert client.get("/v1/library/map", params={"genre": "Horor"}).status_code == 422


@pytest.mark.usefixtures("library")
def test_of_too_many_points_every_so_manieth_is_listed(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for most, is_sample in ((2, True), (3, False)):
        monkeypatch.setattr(library_map, "MAX_POINTS", most)
        found = read(client)
        assert (found["n"], len(found["x"]), found["is_sample"]) == (3, most, is_sample)


def test_a_map_that_is_as_it_was_is_not_sent_again(library: Service, client: httpx.Client) -> None:
    etag = client.get("/v1/library/map").headers["ETag"]
    again = client.get("/v1/library/map", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    predict(library, IDS[2], "Horror")
    assert client.get("/v1/library/map", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.usefixtures("library")
def test_an_area_of_the_map_is_a_filter_wherever_trailers_are_searched(client: httpx.Client) -> None:
    for path in ("/v1/trailers", "/v1/library/facets"):
        assert client.get(path, params={"area": CORNER}).status_code == 200
    found = client.get("/v1/trailers", params={"area": CORNER, "genre": "Drama"}).json()
    assert [each["trailer_id"] for each in found["trailers"]] == [IDS[0]]
    assert client.get("/v1/library/facets", params={"area": CORNER}).json()["n"] == 2
    page = client.get("/library", params={"area": CORNER}).text
    assert ("an area of the map" in page, f"area={CORNER.replace(',', '%2C').replace(';', '%3B')}" in page) == (
        True,
        True,
    )


@pytest.mark.parametrize(
    ("area", "reason"),
    [
        ("0.1,0.1;0.2,0.2", "an area has 3 to 100 corners, not 2"),
        (";".join(["0.1,0.1"] * 101), "an area has 3 to 100 corners, not 101"),
        ("0.1,0.1;0.2,0.2;0.3,1.5", "1.5 is outside of it"),
        ("0.1,0.1;0.2,0.2;0.3,nan", "nan is outside of it"),
        ("0.1,0.1;0.2,0.2;-0.3,0.1", "-0.3 is outside of it"),
        ("0.1,0.1;0.2,0.2;0.3", "write an area as x,y;x,y;x,y"),
        ("here", "write an area as x,y;x,y;x,y"),
    ],
)
def test_an_area_that_is_none_is_refused_with_the_reason(client: httpx.Client, area: str, reason: str) -> None:
    for path in ("/v1/trailers", "/v1/library/map", "/library"):
        answer = client.get(path, params={"area": area}, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
        assert reason in answer.json()["message"]


@pytest.mark.parametrize("n", [3, 100])
def test_areas_of_three_and_of_a_hundred_corners_are_read(client: httpx.Client, n: int) -> None:
    corners = ";".join(f"{place / n:.2f},{(place * 7 % n) / n:.2f}" for place in range(n))
    assert client.get("/v1/trailers", params={"area": corners}).status_code == 200
