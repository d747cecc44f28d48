"""The news of finished jobs in the database, on a real MongoDB."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.queue.claims import Where
from db.queue.deliveries import FIRST, MAX_WEBHOOKS, due, webhook_id_of
from db.queue.job_records import Claim, Delivery, Job, JobError, NewJob, Webhook
from db.queue.jobs import JobFilter
from db.store import Store
from tests.db.queue.test_jobs import die, new_job

URL = "https://receiver.example/trailers?$x=$$NOW"
DOWNLOADS = Where("download", "scratch")
MAY_PASS = JobError("bot_check", "operator", "sign in")


def watched(number: int = 0, *, webhook: str | None = URL, stored: bool = False) -> NewJob:
    return new_job(number, webhook=webhook, stored=stored)


def submit(store: Store, *new: NewJob) -> Job:
    return store.jobs.submit(new)[-1]


def work(store: Store, error: JobError = MAY_PASS) -> None:
    """Have the next job end with an error."""
    job = store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60)
    assert job is not None
    assert store.claims.fail(Claim(job.job_id, "t"), error, wait_s=0)


def claim(store: Store, **changes: Any) -> Delivery:
    delivery = store.deliveries.claim(**{"hold_s": 60, **changes})
    assert delivery is not None
    return delivery


def only(store: Store) -> Webhook:
    ((webhook,),) = [job.webhooks for job in store.jobs.list(JobFilter())]
    return webhook


def test_who_submits_with_a_webhook_is_noted_on_the_job(store: Store) -> None:
    job = submit(store, watched())
    (webhook,) = job.webhooks
    assert (webhook.id, webhook.url, webhook.state, webhook.attempts) == (webhook_id_of(URL), URL, "waiting", 0)
    assert (webhook.status, webhook.message, webhook.delivered_at) == (None, None, None)
    assert submit(store, watched(2, webhook=None)).webhooks == ()


def test_a_url_is_never_read_as_an_expression(store: Store) -> None:
    assert submit(store, watched(webhook="$_id")).webhooks[0].url == "$_id"


def test_nothing_is_sent_before_the_job_is_finished(store: Store) -> None:
    submit(store, watched())
    assert store.deliveries.claim(hold_s=60) is None
    store.claims.claim(DOWNLOADS, token="t", owner="w", lease_s=60)
    assert store.deliveries.claim(hold_s=60) is None
    store.claims.fail(Claim(store.jobs.list(JobFilter())[0].job_id, "t"), MAY_PASS, wait_s=0)
    assert claim(store).job.stage == "failed"


@pytest.mark.parametrize("stage", ["done", "cancelled", "failed", "dead"])
def test_every_end_of_a_job_is_news(store: Store, stage: str) -> None:
    submit(store, watched(stored=stage == "done"))
    if stage == "cancelled":
        store.jobs.cancel(JobFilter())
    elif stage == "failed":
        work(store)
    elif stage == "dead":
        die(store)
    assert claim(store).job.stage == stage


def test_a_claim_counts_the_attempt_and_keeps_others_away_until_its_time_is_over(store: Store) -> None:
    submit(store, watched(stored=True))
    before = datetime.now(UTC)
    assert claim(store, hold_s=60).webhook.attempts == only(store).attempts == 1
    assert store.deliveries.claim(hold_s=60) is None
    not_before = only(store).not_before
    assert not_before is not None
    assert timedelta(seconds=59) < not_before - before < timedelta(seconds=63)


def test_news_whose_sender_died_is_sent_again(store: Store) -> None:
    submit(store, watched(stored=True))
    claim(store, hold_s=-1)
    assert claim(store).webhook.attempts == 2


def test_of_thirty_senders_at_once_one_gets_the_news(store: Store) -> None:
    submit(store, watched(stored=True))
    with ThreadPoolExecutor(30) as pool:
        claimed = list(pool.map(lambda _: store.deliveries.claim(hold_s=60), range(30)))
    assert len([delivery for delivery in claimed if delivery]) == 1


def test_what_was_delivered_is_not_sent_again(store: Store) -> None:
    submit(store, watched(stored=True))
    assert store.deliveries.delivered(claim(store, hold_s=-1), status=204)
    webhook = only(store)
    assert (webhook.state, webhook.status, webhook.message, webhook.not_before) == ("delivered", 204, None, None)
    assert webhook.delivered_at is not None
    assert store.deliveries.claim(hold_s=60) is None


def test_what_is_put_off_is_sent_when_its_time_has_come(store: Store) -> None:
    submit(store, watched(stored=True))
    store.deliveries.put_off(claim(store), wait_s=60, status=500, message="$x answered 500")
    assert store.deliveries.claim(hold_s=60) is None
    assert (only(store).state, only(store).status, only(store).message) == ("waiting", 500, "$x answered 500")
    submit(store, watched(2, stored=True))
    store.deliveries.put_off(claim(store), wait_s=-1, status=None, message="no answer")
    assert claim(store).webhook.attempts == 2


def test_what_was_given_up_stays_with_its_reason(store: Store) -> None:
    submit(store, watched(stored=True))
    store.deliveries.give_up(claim(store, hold_s=-1), status=410, message="gone")
    assert (only(store).state, only(store).status, only(store).message) == ("failed", 410, "gone")
    assert store.deliveries.claim(hold_s=60) is None


@pytest.mark.parametrize("how", ["delivered", "put_off", "give_up"])
def test_the_answer_to_an_older_question_changes_nothing(store: Store, how: str) -> None:
    submit(store, watched(stored=True))
    old = claim(store)
    submit(store, watched(stored=True))
    if how == "delivered":
        assert not store.deliveries.delivered(old, status=200)
    elif how == "put_off":
        assert not store.deliveries.put_off(old, wait_s=60, status=500, message="late")
    else:
        assert not store.deliveries.give_up(old, status=410, message="late")
    assert (only(store).state, only(store).attempts, only(store).message) == ("waiting", 0, None)
    assert claim(store).webhook.attempts == 1


def test_who_asks_again_is_told_again(store: Store) -> None:
    submit(store, watched(stored=True))
    store.deliveries.delivered(claim(store), status=200)
    submit(store, watched(stored=True))
    assert (only(store).state, only(store).delivered_at) == ("waiting", None)
    assert claim(store).webhook.attempts == 1


def test_a_job_that_is_queued_again_tells_those_that_still_wait_and_no_others(store: Store) -> None:
    submit(store, watched(webhook="https://one.example/"), watched(webhook="https://two.example/"))
    work(store)
    first = claim(store)
    store.deliveries.delivered(first, status=200)
    store.jobs.retry(JobFilter())
    assert store.deliveries.claim(hold_s=60) is None
    work(store)
    second = claim(store)
    assert {first.webhook.url, second.webhook.url} == {"https://one.example/", "https://two.example/"}
    assert store.deliveries.claim(hold_s=60) is None


def test_each_of_several_askers_is_told_of_the_same_job(store: Store) -> None:
    urls = [f"https://receiver{number}.example/" for number in range(3)]
    job = submit(store, *(watched(webhook=url, stored=True) for url in [*urls, urls[0]]))
    assert sorted(webhook.url for webhook in job.webhooks) == urls
    assert sorted(claim(store).webhook.url for _ in urls) == urls
    assert store.deliveries.claim(hold_s=60) is None


def test_of_eleven_that_wait_ten_are_kept(store: Store) -> None:
    urls = [f"https://receiver{number}.example/" for number in range(MAX_WEBHOOKS + 1)]
    job = submit(store, *(watched(webhook=url, stored=True) for url in urls))
    assert [webhook.url for webhook in job.webhooks] == urls[:MAX_WEBHOOKS]


def test_those_that_were_told_make_room_for_an_eleventh(store: Store) -> None:
    urls = [f"https://receiver{number}.example/" for number in range(MAX_WEBHOOKS)]
    submit(store, *(watched(webhook=url, stored=True) for url in urls))
    first = claim(store)
    store.deliveries.delivered(first, status=200)
    job = submit(store, watched(stored=True))
    assert len(job.webhooks) == MAX_WEBHOOKS
    assert [webhook.url for webhook in job.webhooks if webhook.state != "waiting"] == []
    assert job.webhooks[-1].url == URL


def test_the_longest_due_goes_first_and_busy_hosts_are_passed_over(store: Store) -> None:
    for number, host in enumerate(("Slow.example:8443", "fast.example")):
        submit(store, watched(number, webhook=f"https://{host}/", stored=True))
    assert claim(store, hold_s=-1).webhook.url == "https://Slow.example:8443/"
    assert claim(store, except_hosts=["slow.example:8443"]).webhook.url == "https://fast.example/"
    assert store.deliveries.claim(hold_s=60, except_hosts=["slow.example:8443"]) is None


def test_the_index_holds_finished_jobs_with_news_alone_and_a_claim_reads_those_that_are_due(store: Store) -> None:
    submit(store, watched(1), watched(2, webhook=None, stored=True), watched(3, stored=True))
    store.deliveries.delivered(claim(store), status=200)
    for number in range(4, 20):
        submit(store, watched(number, stored=True))
        store.deliveries.put_off(claim(store), wait_s=60, status=500, message="later")
    submit(store, watched(20, stored=True))
    jobs = store._access.collection("jobs")
    index = "next_delivery.at_1_next_delivery.host_1"
    assert {job["trailer_id"] for job in jobs.find().hint(index)} == {f"youtube:{number}" for number in range(4, 21)}
    plan = jobs.find(due(["busy.example"])).sort(FIRST).explain()
    assert index in str(plan["queryPlanner"]["winningPlan"])
    assert "'SORT'" not in str(plan["queryPlanner"]["winningPlan"])
    assert (plan["executionStats"]["totalKeysExamined"], plan["executionStats"]["totalDocsExamined"]) == (2, 1)


def test_a_job_of_an_older_program_gets_its_first_webhook(store: Store) -> None:
    job = submit(store, watched(webhook=None, stored=True))
    store._access.collection("jobs").update_one({"_id": job.job_id}, {"$unset": {"webhooks": 1}})
    assert submit(store, watched(stored=True)).webhooks[0].url == URL
    assert claim(store).webhook.url == URL


def test_news_is_sent_though_the_servers_clock_was_set_back(store: Store) -> None:
    submit(store, watched(stored=True))
    delivery = claim(store)
    store.deliveries.put_off(delivery, wait_s=3500, status=500, message="away")
    assert store.deliveries.claim(hold_s=60) is None
    jobs = store.deliveries._collection
    jobs.update_one({}, [{"$set": {"next_delivery.at": {"$add": ["$next_delivery.at", 3600 * 1000]}}}])
    assert store.deliveries.claim(hold_s=60) is not None
