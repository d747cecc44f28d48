"""The overview without a browser: where it leads while nothing is there, and what it says needs attention."""

import httpx

from db.queue.job_records import JobError
from tests.support.models import make_model
from tests.support.web_service import fail_next, store_trailer
from web.callers import Caller
from web.needs import Need, read_needs
from web.service import Service
from worker.inference.registry import register

TRAILER = "youtube:eRsGyueVLvQ"


def needs(service: Service) -> list[Need]:
    return list(read_needs(service, Caller("local", "local"), service.store.pace.read()))


def submit(client: httpx.Client, *ids: str) -> None:
    for each in ids:
        assert client.post("/v1/jobs", json={"source": f"https://youtu.be/{each}"}).status_code == 202


def test_while_nothing_is_there_the_first_page_is_the_one_to_submit_at(service: Service, client: httpx.Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/submit")
    assert client.get("/submit").status_code == 200
    submit(client, "eRsGyueVLvQ")
    assert client.get("/").status_code == 200, "a job that waits is something to see"


def test_with_a_trailer_the_first_page_is_the_overview(service: Service, client: httpx.Client) -> None:
    store_trailer(service, TRAILER)
    page = client.get("/").text
    assert ("<h1>Overview</h1>" in page, "No map has been drawn yet" in page) == (True, True)
    assert page.count('aria-current="page"') == 1


def test_a_quiet_library_needs_nothing(service: Service, client: httpx.Client) -> None:
    store_trailer(service, TRAILER)
    assert needs(service) == []
    assert "Nothing: no job failed, and nothing is paused." in client.get("/").text


def test_jobs_that_wait_without_a_worker_are_told_until_one_is_seen(service: Service, client: httpx.Client) -> None:
    submit(client, "eRsGyueVLvQ")
    (need,) = needs(service)
    assert (need.text, need.urgency) == ("No worker is running, and 1 job waits", "bad")
    service.store.workers.seen("w", host="here", lanes=("download",), scratch="s")
    assert needs(service) == []


def test_jobs_that_failed_are_told_by_cause_with_the_way_out(service: Service, client: httpx.Client) -> None:
    submit(client, "eRsGyueVLvQ", "aqz-KE-bpKQ", "R6MlUcmOul8")
    service.store.workers.seen("w", host="here", lanes=("download",), scratch="s")
    for code in ("private", "private", "unavailable"):
        fail_next(service, JobError(code, "permanent", "no"))
    assert [(each.text, each.url) for each in needs(service)] == [
        ("2 jobs failed: the video is private", "/jobs?code=private"),
        ("1 job failed: the video is gone", "/jobs?code=unavailable"),
    ]


def test_reviews_that_are_assigned_are_told_to_whom_they_are(service: Service, client: httpx.Client) -> None:
    store_trailer(service, TRAILER)
    assert client.post("/v1/reviews/assign", json={"to": "local"}).json()["assigned"] == 1
    assert [each.text for each in needs(service)] == ["1 trailer is assigned to you"]
    others = read_needs(service, Caller("anna", "anna"), service.store.pace.read())
    assert others == ()


def test_a_model_that_waits_to_be_used_is_told_and_can_wait(service: Service) -> None:
    store_trailer(service, TRAILER)
    register(service.store, make_model(service.runtime.known_features_id(), name="newer", seed=5))
    assert [(each.text, each.urgency) for each in needs(service)] == [("1 model not in use yet: newer", "ok")]


def test_a_lane_that_is_paused_is_told(service: Service) -> None:
    store_trailer(service, TRAILER)
    service.store.throttle.open("download:youtube", code="bot_check", seconds=60, at_most=60)
    (need,) = needs(service)
    assert (need.text.startswith("Downloads from youtube are paused: "), need.urgency) == (True, "bad")


def test_the_card_of_a_trailer_is_a_part_of_a_page(service: Service, client: httpx.Client) -> None:
    store_trailer(service, TRAILER, title="The <b>Quiet</b>")
    card = client.get(f"/trailers/{TRAILER}/card")
    assert card.text.strip().startswith('<li class="card"')
    assert "The &lt;b&gt;Quiet&lt;/b&gt;" in card.text
    assert client.get("/trailers/youtube:nothing0000/card").status_code == 404
