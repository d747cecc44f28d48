"""The library under /v1: its facets, its filters in anybody's words, and what is done to many trailers at once."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest
from PIL import Image

from classifier.prediction import GenrePrediction, GenreScore
from classifier.taxonomy import Taxonomy
from db.library_records import LibraryQuery, ReviewQuery
from db.queue.jobs import JobFilter
from db.records import TrailerLabels
from extractor.video.filmstrip import Filmstrip
from tests.support.web_service import store_trailer
from web.service import Service

IDS = [f"youtube:film{number:07}" for number in range(6)]
WORDS = Taxonomy({"Krimi": ("Crime", "Thriller"), "Grusel": ("Horror",), "Neuheit": ()}, version=1)


def predict(service: Service, trailer_id: str, *passed: str) -> None:
    """Give a trailer a verdict in which these genres pass, and others do not."""
    made = service.store.predictions.latest(trailer_id)
    assert made is not None
    genres = [GenreScore(genre, 0.9, 0.5, passed=True, rank=rank) for rank, genre in enumerate(passed, 1)]
    below = [genre for genre in ("Western", "Drama") if genre not in passed]
    genres += [
        GenreScore(genre, 0.1, 0.5, passed=False, rank=rank) for rank, genre in enumerate(below, len(genres) + 1)
    ]
    service.store.predictions.save(trailer_id, GenrePrediction(made.model_id, made.features_id, tuple(genres), (), {}))


def store_films(service: Service, trailer_ids: Sequence[str], passed: Callable[[int], tuple[str, ...]]) -> bytes:
    """Store Film 0, Film 1, ... with a cover and the genres that pass for each number; return the cover, a JPEG."""
    picture = io.BytesIO()
    Image.effect_noise((256, 144), 60).convert("RGB").save(picture, "JPEG")
    for number, trailer_id in enumerate(trailer_ids):
        store_trailer(service, trailer_id, title=f"Film {number}", n_frames=2)
        service.store.filmstrips.save(trailer_id, Filmstrip(b"", 2, 20, 160, 90, b"abcabc", picture.getvalue()))
        predict(service, trailer_id, *passed(number))
    return picture.getvalue()


@pytest.fixture
def library(service: Service) -> Service:
    """Six trailers: three of crime and thriller, two of them tagged; a horror tagged as a western; two dramas."""
    for trailer_id in IDS:
        store_trailer(service, trailer_id)
    for trailer_id, genres in zip(IDS, [("Crime", "Thriller")] * 3 + [("Horror",)] + [("Drama",)] * 2, strict=True):
        predict(service, trailer_id, *genres)
    tags = {IDS[0]: ("Crime", "Thriller"), IDS[1]: ("Crime",), IDS[3]: ("Western",)}
    service.store.labels.update({each: TrailerLabels(genres, "house") for each, genres in tags.items()})
    return service


def ids(client: httpx.Client, **params: Any) -> list[str]:
    answer = client.get("/v1/trailers", params=params)
    assert answer.status_code == 200, answer.text
    return sorted(trailer["trailer_id"] for trailer in answer.json()["trailers"])


@pytest.mark.usefixtures("library")
def test_facets_count_what_each_filter_would_leave(client: httpx.Client) -> None:
    facets = client.get("/v1/library/facets").json()
    assert facets["n"] == 6
    assert facets["verdict"] == {"Crime": 3, "Thriller": 3, "Drama": 2, "Horror": 1}
    assert facets["tags"] == {"Crime": 2, "Thriller": 1, "Western": 1}
    assert (facets["missing"], facets["extra"]) == ({"Horror": 1, "Thriller": 1}, {"Western": 1})
    assert (facets["tag_source"], facets["reviewed"]) == ({"house": 3, "none": 3}, {"false": 6})
    filters = {"verdict": "genre", "tags": "tag", "missing": "missing", "extra": "extra", "tag_source": "tag_source"}
    for facet, name in filters.items():
        for value, n in facets[facet].items():
            assert len(ids(client, **{name: value})) == n, (facet, value)
    chosen = {"genre": ["Crime", "Thriller"], "tag": "Thriller"}
    assert client.get("/v1/library/facets", params=chosen).json()["n"] == 1


@pytest.mark.usefixtures("library")
def test_length_and_year_are_spans_without_their_end_and_with_it(client: httpx.Client, service: Service) -> None:
    service.store.trailers._collection.update_one({"_id": IDS[0]}, {"$set": {"year": 1999, "video.duration_s": 60.0}})
    facets = client.get("/v1/library/facets").json()
    assert (facets["years"], facets["lengths"]) == ({"1990": 1}, {"0": 5, "1": 1})
    assert ids(client, min_year=1990, max_year=1999) == ids(client, min_length=60, max_length=120) == [IDS[0]]
    assert IDS[0] not in ids(client, max_length=60)


def test_words_of_the_house_are_filters_and_an_unknown_one_is_an_error_with_those_near_it(
    library: Service, client: httpx.Client
) -> None:
    library.store.taxonomies.add(WORDS, name="words.csv")
    assert ids(client, genre="Krimi") == ids(client, genre="thriller") == IDS[:3]
    assert ids(client, tag="krimi") == [IDS[0]]
    for path in ("/v1/trailers", "/v1/export/tags", "/v1/library/facets", "/library", "/v1/audit", "/audit"):
        answer = client.get(path, params={"genre": "Horor"}, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), path
        assert answer.json()["message"] == "genre: 'Horor' is not a genre; did you mean Horror?"
    assert "Grusel" in client.get("/v1/trailers", params={"tag": "Gruse"}).json()["message"]
    assert "not a genre" in client.get("/v1/trailers", params={"genre": "Neuheit"}).json()["message"]


def test_a_tag_that_nobody_understood_is_found_as_it_is_written(library: Service, client: httpx.Client) -> None:
    library.store.labels.update({IDS[5]: TrailerLabels(("Heimatfilm",), "house")})
    assert ids(client, tag="Heimatfilm") == [IDS[5]]


def test_tags_of_many_are_changed_as_reviews_of_those_that_change(library: Service, client: httpx.Client) -> None:
    body = {"trailers": {"genre": ["Crime"]}, "n": 3, "limit": 2, "add": ["Thriller"]}
    first = client.post("/v1/library/tags", json=body).json()
    rest = client.post("/v1/library/tags", json={**body, "n": None, "cursor": first["next"]}).json()
    assert (first["done"] + rest["done"], first["unchanged"] + rest["unchanged"], rest["next"]) == (2, 1, None)
    assert ids(client, tag="Thriller") == IDS[:3]
    assert {each.trailer_id for each in library.store.reviews.find(ReviewQuery(), limit=9)} == set(IDS[1:3])
    both = client.post("/v1/library/tags", json={**body, "remove": ["thriller"]})
    assert both.json()["message"] == "add, remove: Thriller can't be both"


def test_deletion_of_many_is_whole_and_refused_where_others_match_than_were_confirmed(
    library: Service, client: httpx.Client
) -> None:
    body = {"trailers": {"genre": ["Drama"]}, "n": 3}
    answer = client.post("/v1/library/delete", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert client.post("/v1/library/delete", json={**body, "n": 2}).json()["done"] == 2
    assert ids(client) == IDS[:4]
    assert library.store.features.ids(IDS[5]) == []


@pytest.mark.parametrize("nothing", [{}, {"trailer_id": []}, {"q": " "}])
def test_all_are_deleted_only_where_it_is_said_how_many_they_are(
    library: Service, client: httpx.Client, nothing: dict[str, Any]
) -> None:
    answer = client.post("/v1/library/delete", json={"trailers": nothing})
    assert (answer.status_code, "say in n" in answer.json()["message"]) == (422, True)
    first = client.post("/v1/library/delete", json={"trailers": nothing, "n": 6, "limit": 1}).json()
    rest = client.post("/v1/library/delete", json={"trailers": nothing, "cursor": first["next"]}).json()
    assert (first["done"], rest["done"]) == (1, 5)


def test_many_are_run_again_where_something_is_to_be_done(library: Service, client: httpx.Client) -> None:
    chosen = {"trailers": {"trailer_id": IDS[:2]}}
    forced = client.post("/v1/library/run", json={**chosen, "force": True}).json()
    assert (forced["done"], forced["refused"]) == (2, [])
    jobs = library.store.jobs.list(JobFilter())
    assert {job.trailer_id for job in jobs} == set(IDS[:2])
    assert all(job.force for job in jobs)


def test_a_file_that_is_gone_is_run_again_from_its_features_alone(service: Service, client: httpx.Client) -> None:
    store_trailer(service, "file:0123456789abcdef")
    body = {"trailers": {"trailer_id": ["file:0123456789abcdef"]}}
    again = client.post("/v1/library/run", json=body).json()
    assert (again["done"] + again["unchanged"], again["refused"]) == (1, [])
    (refused,) = client.post("/v1/library/run", json={**body, "force": True}).json()["refused"]
    assert refused["code"] == "file_not_found"


def test_counts_that_took_long_are_kept_for_a_while(library: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.service.QUICK_S", 0.0)
    monkeypatch.setattr("web.service.KEPT_TIMES", 1e6)
    library.forget_counts()
    assert library.facets(LibraryQuery()).n == 6
    library.store.removal.remove(IDS[0])
    assert library.facets(LibraryQuery()).n == 6
    library.forget_counts()
    assert library.facets(LibraryQuery()).n == 5
