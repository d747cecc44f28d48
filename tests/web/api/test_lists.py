"""Listings by cursor, and lists that are sent once however often they are sent."""

from itertools import chain
from typing import Any

import httpx
import pytest

from web.service import Service

CSV = {"Content-Type": "text/csv"}


def pages(client: httpx.Client, path: str, name: str, key: str, **params: Any) -> list[list[str]]:
    """Return the ids on each page of two."""
    found: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(path, params={**params, **cursor, "limit": 2}).json()
        found.append([each[key] for each in page[name]])
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def test_jobs_are_listed_page_by_page_also_those_of_one_moment(client: httpx.Client, service: Service) -> None:
    ids = [client.post("/v1/jobs", json={"source": f"film000000{number}"}).json()["job_id"] for number in range(5)]
    assert pages(client, "/v1/jobs", "jobs", "job_id") == [ids[4:2:-1], ids[2:0:-1], ids[:1]]
    jobs = service.store._access.database["jobs"]
    jobs.update_many({}, [{"$set": {"updated_at": "$$NOW"}}])
    assert list(chain(*pages(client, "/v1/jobs", "jobs", "job_id"))) == sorted(ids, reverse=True)
    client.delete(f"/v1/jobs/{ids[2]}")
    assert pages(client, "/v1/jobs", "jobs", "job_id", stage="cancelled") == [[ids[2]]]


def test_batches_are_listed_page_by_page(client: httpx.Client) -> None:
    sent = [
        client.post("/v1/batches", content=f"url\nfilm000000{number}\n", headers=CSV).json()["batch_id"]
        for number in range(3)
    ]
    assert sorted(chain(*pages(client, "/v1/batches", "batches", "batch_id"))) == sorted(sent)


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/batches"])
def test_a_cursor_of_another_listing_is_refused(client: httpx.Client, path: str) -> None:
    for number in range(2):
        client.post("/v1/jobs", json={"source": f"film000000{number}"})
        client.post("/v1/batches", content=f"url\nfilm000001{number}\n", headers=CSV)
    other = {"/v1/jobs": "/v1/batches", "/v1/batches": "/v1/jobs"}[path]
    cursor = client.get(path, params={"limit": 1}).json()["next"]
    for wrong in ("x", "%00", "é", "x" * 801, cursor[:-4], cursor):
        answer = client.get(other, params={"cursor": wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), wrong
    assert client.get(path, params={"cursor": cursor}).status_code == 200


def test_a_list_under_an_idempotency_key_is_sent_once(client: httpx.Client, service: Service) -> None:
    key = {**CSV, "Idempotency-Key": "delivery-4"}
    params = {"mode": "all"}
    first = client.post("/v1/batches", params=params, content="url\nfilm0000001\n", headers=key).json()
    for job in client.get("/v1/jobs").json()["jobs"]:
        client.delete(f"/v1/jobs/{job['job_id']}")  # it is finished: without the key it would be a new round
    again = client.post("/v1/batches", params=params, content="url\nfilm0000001\n", headers=key)
    assert (again.status_code, again.json()["batch_id"]) == (202, first["batch_id"])
    assert client.post("/v1/batches", params=params, content="url\nfilm0000001\n", headers=CSV).json() != first
    for mode, row in (("missing", "film0000001"), ("all", "film0000002")):
        other = client.post("/v1/batches", params={"mode": mode}, content=f"url\n{row}\n", headers=key)
        assert (other.status_code, other.json()["code"]) == (409, "conflict")
    job = client.post("/v1/jobs", json={"source": "film0000001"}, headers={"Idempotency-Key": "delivery-4"})
    assert job.status_code == 409, "a key names one request, whatever it is for"


def test_a_refused_list_leaves_its_key_free(client: httpx.Client) -> None:
    key = {"Idempotency-Key": "delivery-5", "Content-Type": "application/octet-stream"}
    assert client.post("/v1/batches", content=b"\x00\x01\x02" * 100, headers=key).status_code == 422
    assert client.post("/v1/batches", content=b"url\nfilm0000001\n", headers=key).status_code == 202


def test_rows_of_an_object_are_a_list_as_those_of_an_array(client: httpx.Client) -> None:
    rows = [{"url": "film0000001", "genres": ["Drama", "War"], "house": "A-1"}, {"url": "film0000002"}]
    for body in (rows, {"rows": rows}):
        batch = client.post("/v1/batches", json=body, params={"name": f"{type(body).__name__}.json"}).json()
        found = client.get(f"/v1/batches/{batch['batch_id']}/rows").json()["rows"]
        assert [row["source"] for row in found] == ["film0000001", "film0000002"]
