import json
import time
from pathlib import Path

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from db.queue.claims import Where
from db.queue.job_records import Claim, JobError, Result
from db.queue.jobs import JobFilter
from tests.support.web_service import client_of, make_settings, open_service, store_trailer
from web import events
from web.service import Service
from worker.service.web_settings import read_web_settings

LINK = "https://youtu.be/eRsGyueVLvQ"


def test_a_job_is_accepted_and_found_where_location_says(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", json={"source": LINK, "priority": 5})
    assert answer.status_code == 202
    found = client.get(answer.headers["Location"])
    assert found.json() == answer.json()
    job = found.json()
    assert (job["trailer_id"], job["stage"], job["priority"]) == ("youtube:eRsGyueVLvQ", "queued", 5)
    assert job["source"] == "https://www.youtube.com/watch?v=eRsGyueVLvQ"


def test_the_same_trailer_is_the_same_job(client: httpx.Client, service: Service) -> None:
    ids = {client.post("/v1/jobs", json={"source": source}).json()["job_id"] for source in (LINK, "eRsGyueVLvQ")}
    assert len(ids) == 1
    assert service.store.jobs.count_open("local", at_most=10) == 1


def test_a_job_or_list_may_be_for_the_frames_only(client: httpx.Client, service: Service) -> None:
    job_id = client.post("/v1/jobs", json={"source": LINK, "frames_only": True}).json()["job_id"]
    headers = {"Content-Type": "text/plain"}
    batch = client.post("/v1/batches?frames_only=true", content="https://youtu.be/AAAAAAAAAAA\n", headers=headers)
    jobs = [service.store.jobs.get(job_id), *service.store.jobs.list(JobFilter(batch_id=batch.json()["batch_id"]))]
    assert [job is not None and job.given.frames_only for job in jobs] == [True, True]


def test_an_idempotency_key_gives_the_same_job_again_and_refuses_another_body(
    client: httpx.Client, service: Service
) -> None:
    key = {"Idempotency-Key": "order-17"}
    first = client.post("/v1/jobs", json={"source": LINK}, headers=key)
    service.store.claims.fail(claim(service), JobError("private", "permanent", "it is private"), wait_s=0)
    again = client.post("/v1/jobs", json={"source": LINK}, headers=key)
    assert (again.json()["job_id"], again.json()["stage"]) == (first.json()["job_id"], "failed")  # no second try
    other = client.post("/v1/jobs", json={"source": LINK, "priority": 1}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert client.post("/v1/jobs", json={"source": LINK}).json()["stage"] == "queued"


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "order-18"}])
@pytest.mark.parametrize("running", [False, True])
def test_a_job_that_was_deleted_is_made_again_for_whoever_asks_for_it_then(
    client: httpx.Client, service: Service, key: dict[str, str], running: bool
) -> None:
    first = client.post("/v1/jobs", json={"source": LINK}, headers=key)
    held = claim(service) if running else None
    client.delete(first.headers["Location"])
    again = client.post("/v1/jobs", json={"source": LINK}, headers=key)
    assert (again.status_code, again.json()["cancel"], again.json()["error"]) == (202, False, None)
    if held:
        service.store.claims.end_cancelled(held)  # its worker had noticed
    assert client.get(again.headers["Location"]).json()["stage"] == "queued"


def test_a_running_job_that_is_deleted_and_asked_for_again_goes_on(client: httpx.Client, service: Service) -> None:
    first = client.post("/v1/jobs", json={"source": LINK}, headers={"Idempotency-Key": "one"})
    held = claim(service)
    client.delete(first.headers["Location"])
    again = client.post("/v1/jobs", json={"source": LINK}, headers={"Idempotency-Key": "two"})
    assert (again.status_code, again.json()["job_id"]) == (202, first.json()["job_id"])
    service.store.claims.end_cancelled(held)  # its worker had noticed
    assert client.get(first.headers["Location"]).json()["stage"] == "queued"


def test_a_job_that_failed_for_good_is_run_again_when_it_is_asked_for_and_not_by_a_list(
    client: httpx.Client, service: Service
) -> None:
    job_id = client.post("/v1/jobs", json={"source": LINK}, headers={"Idempotency-Key": "one"}).json()["job_id"]
    service.store.claims.fail(claim(service), JobError("private", "permanent", "it is private"), wait_s=0)
    client.post("/v1/batches", content=f"{LINK}\n", headers={"Content-Type": "text/plain"})
    replayed = client.post("/v1/jobs", json={"source": LINK}, headers={"Idempotency-Key": "one"}).json()
    assert (replayed["job_id"], replayed["stage"]) == (job_id, "failed")
    again = client.post("/v1/jobs", json={"source": LINK})
    assert (again.status_code, again.json()["job_id"]) == (202, job_id)
    assert (again.json()["stage"], again.json()["attempts"], again.json()["error"]) == ("queued", 0, None)


def test_a_trailer_that_is_answered_comes_with_its_result_at_once(client: httpx.Client, service: Service) -> None:
    job_id = client.post("/v1/jobs", json={"source": LINK}).json()["job_id"]
    finish(service, job_id)
    answer = client.post("/v1/jobs", json={"source": LINK})
    assert answer.status_code == 200
    result = answer.json()["result"]
    assert [genre["rank"] for genre in result["genres"]] == [1, 2, 3, 4]
    assert result["trailer_id"] == "youtube:eRsGyueVLvQ"


@pytest.mark.parametrize(
    "where", ["'/home/anna/secret/x.mp4'", "file:/home/anna/x.mp4:", "file:///home/anna/x.mp4", "at:/home/anna/x.mp4"]
)
def test_a_failed_job_says_why_without_paths_of_this_machine(
    where: str, client: httpx.Client, service: Service
) -> None:
    job_id = client.post("/v1/jobs", json={"source": LINK}).json()["job_id"]
    held = claim(service)
    service.store.claims.fail(held, JobError("corrupt", "permanent", f"{where} is damaged"), wait_s=0)
    job = client.get(f"/v1/jobs/{job_id}").json()
    assert (job["stage"], job["error"]["code"], job["error"]["class"]) == ("failed", "corrupt", "permanent")
    assert "x.mp4" in job["error"]["message"]
    assert "anna" not in json.dumps(job)
    assert client.get("/v1/jobs", params={"stage": "failed", "code": "corrupt"}).json()["jobs"][0]["job_id"] == job_id
    assert client.get("/v1/jobs", params={"code": "private"}).json()["jobs"] == []
    assert client.post(f"/v1/jobs/{job_id}/retry").json()["stage"] == "queued"


def test_a_job_is_watched_to_its_end(client: httpx.Client, service: Service) -> None:
    job_id = client.post("/v1/jobs", json={"source": LINK}).json()["job_id"]
    stages = []
    with client.stream("GET", f"/v1/jobs/{job_id}/events") as told:
        assert told.headers["content-type"].startswith("text/event-stream")
        for line in told.iter_lines():
            if line.startswith("data: "):
                stages.append(json.loads(line.removeprefix("data: "))["stage"])
                if stages == ["queued"]:
                    client.delete(f"/v1/jobs/{job_id}")
    assert stages == ["queued", "cancelled"]


def test_a_caller_watches_a_bounded_number_of_things_at_once(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MAX_OPEN", 2)
    path = f"{client.post('/v1/jobs', json={'source': LINK}).headers['Location']}/events"
    with client.stream("GET", path) as first, client.stream("GET", path) as second:
        lines = [first.iter_lines(), second.iter_lines()]  # one that is thrown away hangs up
        assert [next(each) for each in lines] == ["retry: 2000"] * 2
        third = client.get(path)
        assert (third.status_code, third.json()["code"]) == (429, "too_many_requests")
    deadline = time.monotonic() + 60
    while True:
        with client.stream("GET", path) as later:
            if later.status_code == 200:
                break
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_job_that_is_not_there_is_not_found(client: httpx.Client, method: str) -> None:
    answer = client.request(method, f"/v1/jobs/{'0' * 24}")
    assert (answer.status_code, answer.json()["code"], answer.json()["job_id"]) == (404, "not_found", "0" * 24)
    assert client.request(method, "/v1/jobs/{$ne:1}").status_code == 404, "it names nothing"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"source": "https://example.org/a.mp4"}, 422, "host_not_allowed"),
        ({"source": "https://www.youtube.com/playlist?list=PL123"}, 422, "playlist_not_allowed"),
        ({"source": "file:///etc/passwd"}, 422, "bad_source"),
        ({"source": "/etc/passwd"}, 422, "bad_source"),
        ({"source": "~/x.mp4"}, 422, "bad_source"),
        ({"source": "upload:0123456789abcdef"}, 404, "file_not_found"),
        ({"source": "upload:../../etc"}, 404, "file_not_found"),
        ({"source": LINK + "\r\nX-Evil: 1"}, 422, "bad_source"),
        ({"source": {"$ne": None}}, 422, "bad_request"),
        ({"source": ["https://youtu.be/eRsGyueVLvQ"]}, 422, "bad_request"),
        ({"source": 17}, 422, "bad_request"),
        ({"source": ""}, 422, "bad_request"),
        ({"source": "x" * 5000}, 422, "bad_request"),
        ({}, 422, "bad_request"),
        ({"source": LINK, "priority": "5"}, 422, "bad_request"),
        ({"source": LINK, "priority": True}, 422, "bad_request"),
        ({"source": LINK, "priority": 101}, 422, "bad_request"),
        ({"source": LINK, "$where": "1"}, 422, "bad_request"),
        ({"source": LINK, "plot": "   "}, 422, "bad_plot"),
        ({"source": LINK, "plot": 3}, 422, "bad_request"),
        ({"source": LINK, "poster": "0" * 64}, 422, "bad_poster"),
        ({"source": LINK, "poster": "/etc/passwd"}, 422, "bad_request"),
        ({"source": LINK, "webhook": "http://127.0.0.1/"}, 422, "bad_source"),
    ],
)
def test_what_can_not_be_used_is_refused_and_leaves_nothing(
    client: httpx.Client, service: Service, body: object, status: int, code: str
) -> None:
    answer = client.post("/v1/jobs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert set(answer.json()) == {"code", "message", "job_id", "fields"}
    assert client.get("/v1/jobs").json() == {"jobs": [], "stages": {}, "next": None}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 30_000, b'{"source": "\\ud800"}'])
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, data: bytes) -> None:
    answer = client.post("/v1/jobs", content=data, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] in ("bad_json", "bad_request", "bad_source")


def test_what_is_wrong_is_told_field_by_field(client: httpx.Client) -> None:
    body = {"source": LINK, "priority": 101, "metadata": {"a": [1]}, "plots": ""}
    answer = client.post("/v1/jobs", json=body)
    told = {(each["location"], each["field"]) for each in answer.json()["fields"]}
    assert answer.status_code == 422
    assert told == {("body", "metadata.a"), ("body", "priority"), ("body", "plots")}
    (problem,) = client.get("/v1/jobs", params={"limit": 0}).json()["fields"]
    assert (problem["location"], problem["field"]) == ("query", "limit")
    assert "greater than or equal to 1" in problem["message"]


def test_a_body_that_is_not_json_is_told_from_one_that_is_wrong(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", content=b'{"source" 1}', headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"], answer.json()["fields"]) == (400, "bad_json", [])
    assert "character 10" in answer.json()["message"]


def test_text_of_strangers_is_kept_as_text(client: httpx.Client, service: Service) -> None:
    plot = "<script>alert(1)</script> $ne {7*7} a ghost's <3 haunts the house"
    job_id = client.post("/v1/jobs", json={"source": LINK, "plot": plot}).json()["job_id"]
    job = service.store.jobs.get(job_id)
    assert job is not None
    assert job.given.plot == "$ne {7*7} a ghost's <3 haunts the house"  # what is no markup stays


def test_a_caller_has_a_bounded_number_of_unfinished_jobs(
    tmp_path: Path, server: EmbeddedMongod, service: Service
) -> None:
    settings = make_settings(tmp_path / "home", server)
    with open_service(settings, read_web_settings({"TRAILERS_OPEN_JOBS": "2"})) as (_, url), client_of(url) as client:
        statuses = [client.post("/v1/jobs", json={"source": f"{number:011}"}).status_code for number in range(3)]
        assert statuses == [202, 202, 429]
        assert client.post("/v1/jobs", json={"source": f"{9:011}"}).json()["code"] == "queue_full"


def claim(service: Service) -> Claim:
    job = service.store.claims.claim(
        Where("download", scratch="here"), token="token", owner="test", lease_s=60, again=False
    )
    assert job is not None
    return Claim(job.job_id, "token")


def finish(service: Service, job_id: str) -> None:
    """Have a job end well, as a worker does."""
    job = service.store.jobs.get(job_id)
    assert job is not None
    model_id = store_trailer(service, job.trailer_id)
    service.store.claims.finish(claim(service), Result(model_id, 3, cached=False), seconds={"extract": 1.0})
