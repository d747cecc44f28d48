"""Uploads, models and reviews, one by one: read, changed where that means something, deleted."""

from hashlib import sha256
from pathlib import Path

import httpx

from db.records import ChangeNote
from tests.support.measured.library import add_labelled, make_seeing_model
from tests.support.models import make_model, put_to_use
from tests.support.web_service import give_model, store_trailer
from web.service import Service
from worker.inference.registry import register
from worker.learning.listener import LearningListener
from worker.progress import Quiet
from worker.service.measuring import measure_model

TRAILER = "youtube:film0000001"


def test_an_upload_is_read_and_deleted(client: httpx.Client, clip: Path) -> None:
    data = clip.read_bytes()
    sent = client.post("/v1/uploads", params={"name": "clip.mp4"}, content=data).json()
    path = f"/v1/uploads/{sent['upload']}"
    upload = client.get(path).json()
    assert (upload["name"], upload["bytes"], upload["sha256"]) == ("clip.mp4", len(data), sha256(data).hexdigest())
    assert (upload["source"], upload["used_at"] < upload["kept_until"]) == (sent["source"], True)
    assert client.delete(path).status_code == 204
    assert [client.request(method, path).json()["code"] for method in ("GET", "DELETE")] == [
        "file_not_found",
        "not_found",
    ]
    assert client.get("/v1/uploads/..%2f..").status_code == 404


def test_an_upload_that_a_job_needs_is_not_deleted(client: httpx.Client, clip: Path) -> None:
    sent = client.post("/v1/uploads", params={"name": "clip.mp4"}, content=clip.read_bytes()).json()
    job = client.post("/v1/jobs", json={"source": sent["source"]}).json()
    refused = client.delete(f"/v1/uploads/{sent['upload']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    client.delete(f"/v1/trailers/{job['trailer_id']}")
    assert client.get(f"/v1/uploads/{sent['upload']}").status_code == 404, "it goes with its trailer"


def test_a_model_is_read_put_to_use_retired_and_deleted(client: httpx.Client, service: Service) -> None:
    features_id = give_model(service)
    other = register(service.store, make_model(features_id, seed=9))
    path = f"/v1/models/{other.model_id}"
    assert client.get(path).json()["state"] == "candidate"
    used = client.patch(path, json={"state": "in_use", "why": "it is better"}).json()
    assert (used["state"], used["active"]) == ("in_use", True)
    change = client.get("/v1/models/changes").json()["changes"][0]
    assert (change["model_id"], change["by"], change["why"]) == (other.model_id, "local", "it is better")
    refused = client.delete(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert client.patch(path, json={"state": "retired"}).json()["state"] == "retired"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == client.get(f"/v1/models/{'0' * 64}").status_code == 404
    assert client.patch(path, json={"state": "candidate"}).status_code == 422


def test_a_models_file_never_changes(client: httpx.Client, service: Service) -> None:
    record = register(service.store, make_model(give_model(service), seed=9))
    whole = client.get(f"/v1/models/{record.model_id}/model.zip")
    assert sha256(whole.content).hexdigest() == record.model_id
    assert "immutable" in whole.headers["Cache-Control"]
    headers = {"If-None-Match": whole.headers["ETag"]}
    assert client.get(f"/v1/models/{record.model_id}/model.zip", headers=headers).status_code == 304


def test_a_model_that_ships_is_not_deleted(client: httpx.Client, service: Service) -> None:
    shipped = client.get("/v1/models").json()["models"]
    (starter,) = [each for each in shipped if each["name"] == "starter"]
    service.store.model_changes.retire(service.store.models.get(starter["model_id"]), ChangeNote("test"))
    answer = client.delete(f"/v1/models/{starter['model_id']}")
    assert (answer.status_code, "ships with Trailers" in answer.json()["message"]) == (409, True)


def test_a_review_is_read_and_taken_back(client: httpx.Client, service: Service) -> None:
    store_trailer(service, TRAILER)
    made = [client.post(f"/v1/trailers/{TRAILER}/review", json={"decisions": {"Drama": "add"}}).json() for _ in "12"]
    first, last = (f"/v1/reviews/{each['review_id']}" for each in made)
    assert client.get(last).json() == made[1]
    assert client.delete(first).status_code == 409, "another came after it"
    undone = client.delete(last)
    assert (undone.status_code, undone.json()["undoes"]) == (200, made[1]["review_id"])
    assert client.get(last).json()["undone_by"] == "local"
    assert client.get(f"/v1/reviews/{'0' * 24}").status_code == client.get("/v1/reviews/xyz").status_code == 404
    assert client.get("/v1/reviews/queue").status_code == 200


def test_a_rollback_puts_the_model_before_to_use_again(client: httpx.Client, service: Service) -> None:
    features_id = give_model(service)
    before = service.store.models.in_use(features_id)[0]
    other = register(service.store, make_model(features_id, seed=9))
    client.patch(f"/v1/models/{other.model_id}", json={"state": "in_use"})
    change = client.post("/v1/models/rollback", json={"why": "too many dramas"}).json()
    assert (change["action"], change["in_use"], change["why"]) == ("rollback", before.model_id, "too many dramas")
    assert client.get(f"/v1/models/{other.model_id}").json()["state"] == "candidate"
    assert client.post("/v1/models/rollback", json={"to": other.model_id}).json()["code"] == "conflict"
    assert client.post("/v1/models/rollback", json={"to": "0" * 64}).status_code == 404


def test_a_measurement_is_asked_for_once_and_read_when_it_is_made(client: httpx.Client, service: Service) -> None:
    features_id = give_model(service)
    path = f"/v1/models/{service.store.models.in_use(features_id)[0].model_id}"
    assert (
        client.get(f"{path}/measurement").status_code
        == client.post(f"/v1/models/{'0' * 64}/measure").status_code
        == 404
    )
    asked = [client.post(f"{path}/measure") for _ in range(2)]
    assert [each.status_code for each in asked] == [202, 202]
    assert asked[0].json() == asked[1].json() == client.get(f"{path}/measurement").json()
    assert (asked[0].json()["state"], asked[0].json()["asked_by"], asked[0].json()["report"]) == (
        "waiting",
        "local",
        None,
    )


def test_what_was_measured_to_be_better_is_promoted_with_its_figures(client: httpx.Client, service: Service) -> None:
    features_id = give_model(service)
    put_to_use(service.store, make_seeing_model(features_id, name="blind", skill=0.2, noise=0.2))
    better = register(service.store, make_seeing_model(features_id, name="seeing", skill=6))
    add_labelled(service.store, features_id, 60)
    report = measure_model(service.runtime, better, LearningListener(lambda words: None, Quiet()))
    service.store.measurements.save(better.model_id, report, by="a test")
    path = f"/v1/models/{better.model_id}"
    shown = client.get(f"{path}/measurement").json()["report"]
    assert (shown["found"]["n_rows"], shown["rival"]["objections"]) == (60, [])
    client.patch(path, json={"state": "in_use"})
    change = client.get("/v1/models/changes").json()["changes"][0]
    assert (change["action"], change["figures"]["films"], change["figures"]["low"] > 0) == ("promote", 60, True)
