"""Webhooks through the whole service: asked for at submission, told by `trailers up`, shown by `trailers jobs`."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.queue.deliveries import MAX_WEBHOOKS
from db.queue.job_records import Job, JobError, Webhook
from db.queue.jobs import JobFilter
from tests.support.cheap_work import Plan
from tests.support.faketube import FakeYouTube
from tests.support.receiver import SECRET, Receiver
from tests.support.service import Service, kill, link, words
from tests.worker.webhooks.test_webhooks import verified
from worker.jobs.bells import bell_of
from worker.jobs.submission import JobRequest, submit

HOOKS = {"TRAILERS_WEBHOOK_SECRET": SECRET, "TRAILERS_WEBHOOK_HOSTS": "127.0.0.1"}


def ask(service: Service, *asks: JobRequest) -> tuple[Job | JobError, ...]:
    return submit(service.runtime, asks, bell_of(service.settings)).results


def only(service: Service) -> Webhook:
    ((webhook,),) = [job.webhooks for job in service.jobs().values()]
    return webhook


@pytest.mark.slow
def test_a_job_submitted_with_a_webhook_is_told_by_the_service(tmp_path: Path, tube: FakeYouTube) -> None:
    plan = Plan(folder=str(tmp_path))
    with Receiver() as receiver, Service(tmp_path / "home", plan, **tube.environment, **HOOKS) as service:
        with service.up():
            (job,) = ask(service, JobRequest(link(1), webhook=receiver.url))
            assert isinstance(job, Job)
            service.until(lambda: only(service).state == "delivered")
        (one,) = receiver.received
        assert (one.document["event"], one.document["job"]["job_id"]) == ("job.done", job.job_id)
        assert verified(receiver) == [True]
        assert SECRET not in service.log.read_text()
        shown = service.command("jobs", "show", job.job_id)
        assert f"{receiver.url}  delivered  1" in shown.stdout, shown
        (told,) = json.loads(service.command("jobs", "show", "--json", job.job_id).stdout)["webhooks"]
        assert (told["url"], told["state"], told["status"]) == (receiver.url, "delivered", 200)


@pytest.mark.slow
def test_a_notification_on_its_way_when_the_sweeper_was_killed_is_sent_again(tmp_path: Path) -> None:
    end = threading.Event()
    with Receiver(wait=end) as receiver, Service(tmp_path / "home", Plan(folder=str(tmp_path)), **HOOKS) as service:
        ask(service, JobRequest(link(1), webhook=receiver.url))
        service.runtime.store.jobs.cancel(JobFilter())
        with service.up("worker", "--lanes", "sweeper") as running:
            service.until(lambda: len(receiver.received) == 1)
            (sweeper,) = [process for process in running.family() if "worker.service.sweeper" in words(process)]
            kill(sweeper)
            end.set()
            assert (only(service).state, only(service).attempts) == ("waiting", 1)
            jobs = service.runtime.store._access.collection("jobs")
            jobs.update_one({}, {"$set": {"next_delivery.at": datetime.now(UTC)}})  # a minute later
            service.until(lambda: only(service).state == "delivered")
    assert [one.document["attempt"] for one in receiver.received] == [1, 2]
    assert receiver.received[0].document["event"] == "job.cancelled"


def test_a_request_whose_webhook_cant_be_used_becomes_no_job_and_stops_no_other(tmp_path: Path) -> None:
    with Service(tmp_path / "home", Plan(folder=str(tmp_path)), **HOOKS) as service:
        bad, good = ask(
            service, JobRequest(link(1), webhook="https://10.0.0.1/"), JobRequest(link(2), webhook="https://a.example/")
        )
        assert isinstance(bad, JobError)
        assert (bad.code, bad.error_class) == ("bad_source", "permanent")
        assert isinstance(good, Job)
        assert [job.webhooks[0].url for job in service.jobs().values()] == ["https://a.example/"]
        service.runtime.settings = service.runtime.settings.model_copy(update={"webhook_secret": None})
        (refused, plain) = ask(service, JobRequest(link(3), webhook="https://a.example/"), JobRequest(link(3)))
        assert isinstance(refused, JobError)
        assert "TRAILERS_WEBHOOK_SECRET" in refused.message
        assert isinstance(plain, Job)


def test_who_finds_no_room_for_a_webhook_is_told_so_at_once(tmp_path: Path) -> None:
    with Service(tmp_path / "home", Plan(folder=str(tmp_path)), **HOOKS) as service:
        asks = [JobRequest(link(1), webhook=f"https://a.example/{number}") for number in range(MAX_WEBHOOKS + 1)]
        *jobs, refused = ask(service, *asks)
        assert len({job.job_id for job in jobs if isinstance(job, Job)}) == 1
        assert isinstance(refused, JobError)
        assert refused.code == "bad_source"
        assert len(service.runtime.store.jobs.list(JobFilter())[0].webhooks) == MAX_WEBHOOKS
