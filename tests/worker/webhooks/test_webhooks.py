"""Notifications that a job is finished: a real database, real servers, and now and then a sender that dies."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.errors import StoreUnavailable
from db.queue.claims import Where
from db.queue.job_records import Claim, Delivery, Inputs, Job, JobError, NewJob, Webhook
from db.queue.jobs import JobFilter
from db.store import Store
from tests.db.queue.test_jobs import new_job
from tests.support.receiver import SECRET, Receiver, documented_verify
from tests.support.working import wait_until
from worker.documents import public_job_document
from worker.errors import WorkerError
from worker.settings import Settings, read_settings
from worker.webhooks import deliveries as deliveries_module
from worker.webhooks.deliveries import SenderPool
from worker.webhooks.notifications import MAX_ATTEMPTS, Sender, check_webhook, notification_id, wait_s

ALLOWED = read_settings(
    {"TRAILERS_WEBHOOK_SECRET": SECRET, "TRAILERS_WEBHOOK_HOSTS": "127.0.0.1", "TRAILERS_STOP_S": "2"}
)
STRICT = ALLOWED.model_copy(update={"webhook_hosts": ()})


def finished(store: Store, *urls: str, number: int = 0) -> Job:
    """Return a job that is done and has these webhooks to tell."""
    return store.jobs.submit([new_job(number, stored=True, webhook=url) for url in urls])[-1]


def send_all(store: Store, settings: Settings = ALLOWED, *, most: int = 20) -> None:
    """Send what is due until nothing is, each next attempt at once."""
    sender = Sender(settings, store.deliveries, first_wait_s=0)
    for _ in range(most):
        delivery = store.deliveries.claim(hold_s=60)
        if delivery is None:
            return
        sender.deliver(delivery)
    raise AssertionError(f"still at it after {most} attempts")


def webhooks(store: Store) -> list[Webhook]:
    return [webhook for job in store.jobs.list(JobFilter()) for webhook in job.webhooks]


def verified(receiver: Receiver, *, secret: str = SECRET) -> list[bool]:
    return [documented_verify()(one.body, one.headers, secret) for one in receiver.received]


def test_a_notification_says_what_became_of_the_job_and_is_signed(store: Store) -> None:
    with Receiver(200) as receiver:
        job = finished(store, receiver.url)
        send_all(store)
    (one,) = receiver.received
    assert (one.path, one.headers["Content-Type"]) == ("/hook?for=me", "application/json")
    assert one.headers["User-Agent"].startswith("Trailers")
    assert (one.document["event"], one.document["attempt"]) == ("job.done", 1)
    assert one.document["job"]["job_id"] == job.job_id
    assert one.headers["X-Trailers-Event"] == one.document["event"]
    assert one.headers["X-Trailers-Delivery"] == one.document["delivery"]
    assert (verified(receiver), verified(receiver, secret="another secret, as long")) == ([True], [False])
    assert [(webhook.state, webhook.status) for webhook in webhooks(store)] == [("delivered", 200)]


def test_a_receiver_that_is_ill_for_a_moment_gets_the_same_notification_again(store: Store) -> None:
    with Receiver(500, 404, 202) as receiver:
        finished(store, receiver.url)
        send_all(store)
    assert [one.document["attempt"] for one in receiver.received] == [1, 2, 3]
    assert len({one.document["delivery"] for one in receiver.received}) == 1
    (webhook,) = webhooks(store)
    assert (webhook.state, webhook.attempts, webhook.status, webhook.message) == ("delivered", 3, 202, None)
    assert all(verified(receiver))


def test_after_eight_attempts_nothing_more_is_sent_and_the_last_answer_stays(store: Store) -> None:
    with Receiver(503) as receiver:
        finished(store, receiver.url)
        send_all(store)
    assert len(receiver.received) == MAX_ATTEMPTS == 8
    (webhook,) = webhooks(store)
    assert (webhook.state, webhook.status, webhook.message) == ("failed", 503, "answered 503 Service Unavailable")


def test_who_is_gone_is_asked_no_more(store: Store) -> None:
    with Receiver(410) as receiver:
        finished(store, receiver.url)
        send_all(store)
    assert len(receiver.received) == 1
    assert [(webhook.state, webhook.message) for webhook in webhooks(store)] == [("failed", "answered 410 Gone")]


def test_the_waits_grow_fourfold_up_to_an_hour(store: Store) -> None:
    assert [wait_s(attempts) for attempts in range(1, 8)] == [10, 40, 160, 640, 2560, 3600, 3600]
    with Receiver(500) as receiver:
        finished(store, receiver.url)
        claimed = claim(store)
        Sender(ALLOWED, store.deliveries).deliver(claimed)
    (webhook,) = webhooks(store)
    assert webhook.not_before is not None
    assert claimed.webhook.not_before is not None
    began = claimed.webhook.not_before - timedelta(seconds=60)
    assert began <= webhook.not_before - timedelta(seconds=10) <= datetime.now(UTC)


def claim(store: Store, *, hold_s: float = 60) -> Delivery:
    delivery = store.deliveries.claim(hold_s=hold_s)
    assert delivery is not None
    return delivery


def test_a_redirect_counts_as_a_failure_and_leads_nowhere(store: Store) -> None:
    with Receiver() as inner, Receiver(302, location=inner.url) as receiver:
        finished(store, receiver.url)
        Sender(ALLOWED, store.deliveries).deliver(claim(store))
        time.sleep(0.1)
    assert inner.received == []
    assert "redirects are not followed" in str(webhooks(store)[0].message)


def test_a_host_that_is_allowed_no_more_is_told_nothing(store: Store) -> None:
    with Receiver() as receiver:
        finished(store, receiver.url)
        Sender(STRICT, store.deliveries).deliver(claim(store))
    assert receiver.received == []
    assert "TRAILERS_WEBHOOK_HOSTS" in str(webhooks(store)[0].message)


def test_a_sender_that_dies_before_it_has_written_what_came_of_it_sends_again_later(store: Store) -> None:
    class Died(BaseException):
        """Killed between the answer and the write."""

    class Dying:
        def delivered(self, delivery: Delivery, *, status: int) -> bool:
            raise Died

    with Receiver() as receiver:
        finished(store, receiver.url)
        with pytest.raises(Died):
            Sender(ALLOWED, Dying()).deliver(claim(store, hold_s=-1))  # type: ignore[arg-type]
        assert webhooks(store)[0].state == "waiting"
        send_all(store)
    assert [one.document["attempt"] for one in receiver.received] == [1, 2]
    assert len({one.document["delivery"] for one in receiver.received}) == 1
    assert webhooks(store)[0].state == "delivered"


def test_a_notification_that_takes_down_its_senders_is_given_up(store: Store) -> None:
    with Receiver() as receiver:
        finished(store, receiver.url)
        for _ in range(MAX_ATTEMPTS):
            claim(store, hold_s=-1)
        send_all(store)
    assert (receiver.received, webhooks(store)[0].state) == ([], "failed")


def test_each_of_several_askers_is_told(store: Store) -> None:
    with Receiver() as first, Receiver(500, 200) as second:
        finished(store, first.url, second.url, first.url)
        send_all(store)
    assert (len(first.received), len(second.received)) == (1, 2)
    assert {one.document["delivery"] for one in first.received} != {one.document["delivery"] for one in second.received}


def test_the_next_end_of_a_job_is_another_notification(store: Store) -> None:
    finished(store, "https://receiver.example/")
    delivery = claim(store)
    assert delivery.job.finished_at is not None
    later = replace(delivery, job=replace(delivery.job, finished_at=delivery.job.finished_at + timedelta(seconds=1)))
    again = replace(delivery, webhook=replace(delivery.webhook, attempts=2))
    assert notification_id(later) != notification_id(delivery) == notification_id(again)


def test_a_notification_names_no_folder_no_host_and_no_other_webhook(store: Store) -> None:
    given = Inputs(title="A film", poster="/home/someone/posters/poster.jpg")
    new = NewJob(
        "k", "file:0", "/home/someone/my films/it's.mp4", "file", "f", "m", "download", "scratch-id", given=given
    )
    with Receiver() as receiver:
        (job,) = store.jobs.submit([replace(new, webhook=receiver.url)])
        store.claims.claim(Where("download", "scratch-id"), token="t", owner="host-17", lease_s=60)
        message = (
            "'/home/someone/poster.jpg' or \"/home/someone/my films/it's.mp4\" is empty; see https://help.example/x"
        )
        store.claims.fail(Claim(job.job_id, "t"), JobError("empty_file", "permanent", message), wait_s=0)
        send_all(store)
    told = receiver.received[0].document["job"]
    assert (told["source"], told["given"]["poster"], told["given"]["title"]) == ("it's.mp4", "poster.jpg", "A film")
    assert told["error"]["message"] == "'poster.jpg' or \"it's.mp4\" is empty; see https://help.example/x"
    assert [event["stage"] for event in told["history"]] == ["queued", "downloading", "failed"]
    assert all(word not in receiver.received[0].body for word in (b"someone", b"scratch-id", b"host-17", b"hook"))


def test_a_link_stays_as_it_is(store: Store) -> None:
    job = finished(store, "https://receiver.example/")
    assert public_job_document(job)["source"] == job.source == "https://www.youtube.com/watch?v=$video"


def test_a_webhook_is_refused_where_there_is_no_secret_to_sign_with() -> None:
    with pytest.raises(WorkerError, match="TRAILERS_WEBHOOK_SECRET") as caught:
        check_webhook("https://receiver.example/", ALLOWED.model_copy(update={"webhook_secret": None}))
    assert caught.value.code == "bad_source"
    assert check_webhook("https://receiver.example/", STRICT).host == "receiver.example"


@contextmanager
def sending(store: Store, settings: Settings = ALLOWED) -> Iterator[SenderPool]:
    with SenderPool(settings) as senders:
        senders.start(store.deliveries)
        yield senders


def test_senders_send_what_is_due_once_though_two_of_them_run(store: Store) -> None:
    with Receiver() as receiver, sending(store), sending(store):
        for number in range(30):
            finished(store, receiver.url, number=number)
        wait_until(lambda: all(webhook.state == "delivered" for webhook in webhooks(store)))
    jobs = [one.document["job"]["job_id"] for one in receiver.received]
    assert len(jobs) == len(set(jobs)) == 30


def test_what_waited_for_room_at_its_host_follows_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries_module, "POLL_S", 600)
    with Receiver() as receiver:
        for number in range(10):
            finished(store, receiver.url, number=number)
        with sending(store):
            wait_until(lambda: len(receiver.received) == 10, seconds=30)


def test_one_that_hangs_holds_up_no_other(store: Store) -> None:
    end = threading.Event()
    with Receiver(wait=end) as slow, Receiver() as quick:
        for number in range(30):
            finished(store, slow.url, number=number)
        finished(store, quick.url, number=31)
        with sending(store):
            wait_until(lambda: len(quick.received) == 1)
            assert len(slow.received) == 2, "both still hang"
            end.set()


def test_a_stop_waits_for_what_is_being_sent_and_begins_nothing(store: Store) -> None:
    end = threading.Event()
    with Receiver(wait=end) as slow:
        for number in range(5):
            finished(store, slow.url, number=number)
        with sending(store, ALLOWED.model_copy(update={"stop_s": 60})):
            wait_until(lambda: len(slow.received) == 2)
            threading.Timer(0.5, end.set).start()
        assert sorted(webhook.state for webhook in webhooks(store)) == ["delivered"] * 2 + ["waiting"] * 3
        assert len(slow.received) == 2


def test_a_stop_waits_for_nobody_longer_than_for_running_work(store: Store) -> None:
    end = threading.Event()
    with Receiver(wait=end) as slow:
        finished(store, slow.url)
        with sending(store, ALLOWED.model_copy(update={"stop_s": 1})):
            wait_until(lambda: len(slow.received) == 1)
            begun = time.monotonic()
        assert time.monotonic() - begun > 0.9
        (webhook,) = webhooks(store)
        assert (webhook.state, webhook.message) == ("waiting", None), "it still hangs"
        end.set()
        wait_until(lambda: webhooks(store)[0].state == "delivered")


def test_without_a_secret_nothing_is_sent(store: Store) -> None:
    with Receiver() as receiver:
        finished(store, receiver.url)
        with sending(store, ALLOWED.model_copy(update={"webhook_secret": None})):
            time.sleep(0.3)
    assert (receiver.received, webhooks(store)[0].attempts) == ([], 0)


def test_what_goes_wrong_with_one_ends_no_sender(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver = Sender.deliver

    def stumble(sender: Sender[Delivery], delivery: Delivery) -> None:
        if delivery.job.trailer_id == "youtube:0":
            raise RuntimeError("a bug")
        deliver(sender, delivery)

    monkeypatch.setattr(Sender, "deliver", stumble)
    with Receiver() as receiver, sending(store):
        for number in range(20):
            finished(store, receiver.url, number=number)
        wait_until(lambda: len(receiver.received) == 19)


def test_a_database_that_is_away_for_a_moment_is_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    claim, away = store.deliveries.claim, [True]

    def sometimes(**arguments: Any) -> Delivery | None:
        if away:
            away.clear()
            raise StoreUnavailable("away")
        return claim(**arguments)

    monkeypatch.setattr(store.deliveries, "claim", sometimes)
    monkeypatch.setattr(deliveries_module, "POLL_S", 0.05)
    with Receiver() as receiver, sending(store):
        finished(store, receiver.url)
        wait_until(lambda: len(receiver.received) == 1)
