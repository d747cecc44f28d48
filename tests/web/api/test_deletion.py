"""Deletion over HTTP: a trailer goes whole, and nothing of another; tags that come with a job are kept with it."""

import io
from typing import Any

import httpx
import pytest
from PIL import Image

from db.library_records import Decision
from db.queue.claims import Where
from db.queue.job_records import Inputs
from db.queue.jobs import JobFilter
from db.records import TrailerLabels
from extractor.video.filmstrip import Filmstrip
from tests.support.web_service import store_trailer
from web.library_search import find_trailer
from web.reviews import save_review
from web.service import Service

A, B = "youtube:AAAAAAAAAAA", "youtube:BBBBBBBBBBB"
LINK = "https://youtu.be/AAAAAAAAAAA"


def counts(service: Service) -> dict[str, int]:
    database = service.store._access.database
    others = ("meta", "models", "model_changes", "fs.files", "fs.chunks")
    left = {name: database[name].count_documents({}) for name in database.list_collection_names()}
    return {name: n for name, n in left.items() if n and name not in others}


def fill(client: httpx.Client, service: Service, trailer_id: str, poster: str) -> None:
    """Store all that there may be of a trailer."""
    store_trailer(service, trailer_id)
    service.store.trailers.add_inputs(trailer_id, Inputs(poster_sha256=poster))
    service.store.filmstrips.save(trailer_id, Filmstrip(b"jpeg", 1, 160, 90, 1, b"rgb", b"jpeg"))
    service.store.stills.save(trailer_id, [b"webp"])
    decisions: dict[str, Decision] = {"Drama": "add"}
    save_review(service.store, find_trailer(service.store, trailer_id), decisions, reviewer="anna", note=None)
    client.post("/v1/jobs", json={"source": trailer_id.removeprefix("youtube:"), "frames_only": True})


def send_poster(client: httpx.Client) -> str:
    Image.new("RGB", (300, 400), "red").save(file := io.BytesIO(), "PNG")
    return str(client.post("/v1/posters", content=file.getvalue()).json()["poster"])


def test_a_trailer_is_deleted_with_all_that_is_about_it_and_nothing_of_another(
    client: httpx.Client, service: Service
) -> None:
    poster = send_poster(client)
    fill(client, service, A, poster)
    only_a = counts(service)
    fill(client, service, B, poster)
    answer = client.delete(f"/v1/trailers/{B}")
    gone = dict.fromkeys(("trailers", "features", "filmstrips", "stills", "predictions", "reviews", "jobs"), 1)
    assert (answer.status_code, answer.json()) == (200, {"trailer_id": B, "removed": gone})
    assert counts(service) == only_a, "the poster is the other's, too"
    assert client.delete(f"/v1/trailers/{A}").json()["removed"] == {**gone, "posters": 1}
    assert counts(service) == {}
    assert client.get(f"/v1/trailers/{A}").status_code == client.delete(f"/v1/trailers/{A}").status_code == 404


def test_a_deleted_trailer_is_similar_to_none(client: httpx.Client, service: Service) -> None:
    for trailer_id in (A, B, "youtube:CCCCCCCCCCC"):
        store_trailer(service, trailer_id)
    service.similarity().load()
    client.delete(f"/v1/trailers/{B}")
    near = client.get(f"/v1/trailers/{A}/similar", params={"limit": 1}).json()["similar"]
    assert [each["trailer_id"] for each in near] == ["youtube:CCCCCCCCCCC"]


def test_rows_of_a_list_whose_trailer_is_deleted_have_failed(client: httpx.Client, service: Service) -> None:
    rows = [{"url": LINK}, {"url": "https://youtu.be/BBBBBBBBBBB"}, {"url": LINK}]
    batch_id = client.post("/v1/batches", json={"rows": rows}).json()["batch_id"]
    store_trailer(service, A)
    client.delete(f"/v1/trailers/{A}")
    batch = client.get(f"/v1/batches/{batch_id}").json()
    assert batch["stages"] == {"queued": 1, "failed": 2}
    assert batch["causes"] == [{"code": "not_found", "class": "permanent", "n": 2, "retryable": 0}]
    store_trailer(service, B)
    client.delete(f"/v1/trailers/{B}")
    batch = client.get(f"/v1/batches/{batch_id}").json()
    assert (batch["stages"], batch["finished"]) == ({"failed": 3}, True)


def test_a_trailer_that_a_worker_is_at_work_on_stays(client: httpx.Client, service: Service) -> None:
    job_id = client.post("/v1/jobs", json={"source": LINK}).json()["job_id"]
    where = Where("download", scratch="here")
    assert service.store.claims.claim(where, token="token", owner="test", lease_s=60, again=False)
    store_trailer(service, A)
    answer = client.delete(f"/v1/trailers/{A}")
    assert (answer.status_code, answer.json()["code"], answer.json()["job_id"]) == (409, "conflict", job_id)
    assert client.get(f"/v1/trailers/{A}").status_code == client.get(f"/v1/jobs/{job_id}").status_code == 200


def test_tags_that_come_with_a_job_are_a_layer_of_the_house(client: httpx.Client, service: Service) -> None:
    body: dict[str, Any] = {"source": LINK, "genres": ["Science Fiction", "Krimi", " ", "Drama"]}
    job_id = client.post("/v1/jobs", json=body).json()["job_id"]
    (job,) = service.store.jobs.list(JobFilter(job_ids=(job_id,)))
    assert (job.given.genres, job.given.label_source) == (("Science Fiction", "Krimi", "Drama"), "house")
    store_trailer(service, A)
    service.store.trailers.add_inputs(A, job.given)  # as a worker does in the end
    (layer,) = client.get(f"/v1/trailers/{A}").json()["layers"]
    assert (layer["source"], layer["genres"]) == ("house", ["Sci-Fi", "Drama", "Krimi"])


def test_tags_of_a_trailer_that_is_done_are_stored_at_once(client: httpx.Client, service: Service) -> None:
    store_trailer(service, A)
    service.store.labels.update({A: TrailerLabels(("War",), "imdb")})
    client.post("/v1/jobs", json={"source": LINK, "genres": ["Drama"]})
    labels = client.get(f"/v1/trailers/{A}").json()["labels"]
    assert (labels["genres"], labels["source"]) == (["Drama"], "house")


@pytest.mark.parametrize("genres", ["Drama", [""], ["x" * 201], [3], ["Drama"] * 61])
def test_tags_that_are_no_list_of_words_are_refused(client: httpx.Client, genres: object) -> None:
    answer = client.post("/v1/jobs", json={"source": LINK, "genres": genres})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
