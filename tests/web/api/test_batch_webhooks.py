"""Webhooks over HTTP: told once a list is finished, and tried before they are used."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from db.queue.jobs import JobFilter
from db.store import Store
from tests.support.homes import empty
from tests.support.receiver import SECRET, Receiver, documented_verify
from tests.support.web_service import client_of, give_model, make_settings, open_service, store_trailer
from web.service import Service
from worker.batches.news import finish_batches
from worker.service.web_settings import read_web_settings
from worker.webhooks.notifications import Sender

LIST = "url\nfilm0000001\nfilm0000002\nnothing at all\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, server: EmbeddedMongod) -> Iterator[tuple[Service, str]]:
    """A service whose webhooks may lead to this machine."""
    hooks = {"webhook_secret": SECRET, "webhook_hosts": ("127.0.0.1",)}
    settings = make_settings(tmp_path_factory.mktemp("web") / "home", server).model_copy(update=hooks)
    with open_service(settings, read_web_settings({})) as (service, url):
        empty(service.store)
        give_model(service)
        yield service, url


def send_list(client: httpx.Client, url: str) -> dict[str, Any]:
    answer = client.post("/v1/batches", params={"webhook": url}, content=LIST, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 202, answer.text
    batch: dict[str, Any] = answer.json()
    return batch


def tell(service: Service) -> None:
    """Do what the sweeper and its senders do."""
    store: Store = service.store
    finish_batches(store)
    while delivery := store.batch_deliveries.claim(hold_s=60):
        Sender(service.settings, store.batch_deliveries, first_wait_s=0).deliver(delivery)


def test_a_list_is_told_of_once_when_all_its_jobs_have_ended(client: httpx.Client, service: Service) -> None:
    store_trailer(service, "youtube:film0000002")
    with Receiver(500, 200) as receiver:
        batch = send_list(client, receiver.url)
        assert batch["webhooks"][0]["state"] == "waiting"
        tell(service)
        assert receiver.received == []
        service.store.jobs.cancel(JobFilter())
        tell(service)
        tell(service)
    assert [one.document["attempt"] for one in receiver.received] == [1, 2]
    told = receiver.received[-1]
    assert (told.headers["X-Trailers-Event"], told.document["event"]) == ("batch.finished", "batch.finished")
    about = told.document["batch"]
    assert (about["batch_id"], about["n_rows"]) == (batch["batch_id"], 3)
    assert about["stages"] == {"cancelled": 1, "done": 1, "failed": 1}
    assert documented_verify()(told.body, told.headers, SECRET)
    (shown,) = client.get(f"/v1/batches/{batch['batch_id']}").json()["webhooks"]
    assert (shown["host"], shown["state"], shown["attempts"]) == ("127.0.0.1", "delivered", 2)


def test_a_webhook_that_cannot_be_used_stops_the_list(client: httpx.Client, service: Service) -> None:
    answer = client.post("/v1/batches", params={"webhook": "http://10.0.0.1/"}, content=LIST)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_source")
    assert client.get("/v1/batches").json()["batches"] == []


def test_a_test_delivery_tells_what_the_receiver_answers(client: httpx.Client) -> None:
    with Receiver(204, 503) as receiver:
        well, ill = (client.post("/v1/webhooks/test", json={"url": receiver.url}).json() for _ in "12")
    assert (well["delivered"], well["status"], well["message"]) == (True, 204, None)
    assert (ill["delivered"], ill["message"]) == (False, "answered 503 Service Unavailable")
    told = receiver.received[0]
    assert (told.document["event"], documented_verify()(told.body, told.headers, SECRET)) == ("test", True)
    gone = client.post("/v1/webhooks/test", json={"url": receiver.url}).json()
    assert (gone["delivered"], gone["status"], "did not answer" in gone["message"]) == (False, None, True)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "https://localhost/", "ftp://a.example/", "x"])
def test_a_test_goes_nowhere_where_no_webhook_may(client: httpx.Client, url: str) -> None:
    answer = client.post("/v1/webhooks/test", json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_source")


def test_without_a_secret_there_are_no_tests(tmp_path: Path, server: EmbeddedMongod) -> None:
    settings = make_settings(tmp_path / "home", server)
    with open_service(settings, read_web_settings({})) as (_, url), client_of(url) as client:
        answer = client.post("/v1/webhooks/test", json={"url": "https://a.example/"})
        assert (answer.status_code, "TRAILERS_WEBHOOK_SECRET" in answer.json()["message"]) == (422, True)
