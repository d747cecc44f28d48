"""Uploads, models and reviews, one by one: read, changed where that means something, deleted."""

from hashlib import sha256
from pathlib import Path

import httpx

from db.records import ChangeNote
from tests.support.models import make_model
from tests.support.web_service import give_model, store_trailer
from web.service import Service
from worker.inference.registry import register

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
