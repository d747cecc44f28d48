"""The page of jobs in a real browser: why jobs failed, and what a retry takes."""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from db.queue.claims import Where
from db.queue.job_records import Claim, JobError, NewJob
from db.queue.jobs import JobFilter
from tests.support.browser import open_browser, open_page, serious_issues, shifts, shoot
from tests.support.web_service import make_settings, open_service
from web.service import Service
from worker.service.web_settings import read_web_settings

LONG = "a long name of a film " * 8
PRIVATE = JobError("private", "permanent", f"{LONG} is private")
PAUSED = JobError("bot_check", "operator", "sign in to confirm that you are not a robot")
MENDABLE = JobError("no_weights", "permanent", "no weights here")
LATER = JobError("network_timeout", "retry", "no answer within 30 s")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Service, str]]:
    with open_service(make_settings(tmp_path / "home"), read_web_settings({})) as (service, url):
        for number, error in enumerate([PRIVATE] * 20 + [PAUSED] * 2 + [LATER]):
            fail(service, number, error)
        yield service, url


def fail(service: Service, number: int, error: JobError) -> None:
    submit(service, number)
    fail_next(service, error, wait_s=3600)


def submit(service: Service, number: int) -> None:
    new = NewJob(
        key=str(number), trailer_id=f"youtube:video{number:06}", source=f"https://youtu.be/video{number:06}",
        site="youtube", features_id="f", model_id="m", lane="download",
    )  # fmt: skip
    service.store.jobs.submit([new])


def fail_next(service: Service, error: JobError, *, wait_s: float) -> None:
    job = service.store.claims.claim(Where("download", "here"), token="t", owner="w", lease_s=60)
    assert job is not None
    service.store.claims.fail(Claim(job.job_id, "t"), error, wait_s=wait_s)


def test_a_retry_of_a_cause_says_how_many_it_takes_and_asks_once(browser: Browser, served: tuple[Service, str]) -> None:
    service, url = served
    with open_page(browser, url) as page:
        page.goto("/jobs")
        private, paused = page.locator('.cause[data-code="private"]'), page.locator('.cause[data-code="bot_check"]')
        expect(private.get_by_role("button")).to_be_disabled()
        expect(private).to_contain_text("It would fail again.")
        button = paused.get_by_role("button")
        expect(button).to_contain_text("Retry all 2")
        button.click()
        expect(button).to_contain_text("Queue 2 again?")
        assert service.store.jobs.count(JobFilter()) == {"failed": 22, "queued": 1}
        button.click()
        expect(button).to_contain_text("2 queued again")
        assert service.store.jobs.count(JobFilter()) == {"failed": 20, "queued": 3}


def test_a_job_that_waits_says_when_it_is_tried_again(browser: Browser, served: tuple[Service, str]) -> None:
    with open_page(browser, served[1]) as page:
        page.goto("/jobs?stage=queued")
        expect(page.locator("[data-jobs-table] tbody tr")).to_contain_text("attempt 2 of 3")
        expect(page.get_by_label("Checks")).to_contain_text("1 job waiting")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (820, "light"), (390, "light")])
@pytest.mark.slow
def test_jobs_of_long_names_stay_where_they_are(
    browser: Browser, served: tuple[Service, str], width: int, scheme: str
) -> None:
    with open_page(browser, served[1], width=width, scheme=scheme) as page:
        page.goto("/jobs")
        page.wait_for_load_state("networkidle")
        shoot(page, f"jobs-{width}-{scheme}")
        assert shifts(page) < 0.05
        assert serious_issues(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_numbers_and_causes_keep_up_with_the_queue(browser: Browser, served: tuple[Service, str]) -> None:
    service, url = served
    with open_page(browser, url) as page:
        page.goto("/jobs")
        row = page.locator('.cause[data-code="private"]')
        expect(row.locator(".cause-n")).to_have_text("20")
        page.locator("h1").evaluate("(title) => (title.dataset.same = 'yes')")
        fail(service, 99, PRIVATE)
        expect(row.locator(".cause-n")).to_have_text("21")
        expect(page.get_by_role("navigation", name="Jobs by stage")).to_contain_text("all 24")
        assert page.locator("h1").get_attribute("data-same") == "yes"  # nobody opened it again
        assert shifts(page) < 0.05


def test_a_question_that_waits_for_its_answer_is_not_replaced(browser: Browser, served: tuple[Service, str]) -> None:
    service, url = served
    with open_page(browser, url) as page:
        page.goto("/jobs")
        button = page.locator('.cause[data-code="bot_check"]').get_by_role("button")
        button.click()
        page.get_by_role("heading", level=1).click()  # the focus is elsewhere
        fail(service, 99, PRIVATE)
        expect(page.get_by_role("navigation", name="Jobs by stage")).to_contain_text("all 24")
        expect(button).to_contain_text("Queue 2 again?")


@pytest.mark.parametrize(
    ("number", "span", "links"),
    [(1, "1 to 10 of 23", ["Older"]), (2, "11 to 20 of 23", ["Newer", "Older"]), (3, "21 to 23 of 23", ["Newer"])],
)
def test_pages_of_jobs_say_where_they_are(
    served: tuple[Service, str], monkeypatch: pytest.MonkeyPatch, number: int, span: str, links: list[str]
) -> None:
    monkeypatch.setattr("web.pages.jobs.N_JOBS", 10)
    pager = httpx.get(f"{served[1]}/jobs?page={number}").text.partition('<nav class="pager"')[2].partition("</nav>")[0]
    assert span in pager
    assert [text for text in ("Newer", "Older") if f">{text}<" in pager] == links


@pytest.mark.parametrize(("n_jobs", "has_pager"), [(22, True), (23, False), (24, False)])
def test_a_page_that_holds_all_jobs_has_no_pager(
    served: tuple[Service, str], monkeypatch: pytest.MonkeyPatch, n_jobs: int, has_pager: bool
) -> None:
    monkeypatch.setattr("web.pages.jobs.N_JOBS", n_jobs)
    assert ('class="pager"' in httpx.get(f"{served[1]}/jobs").text) == has_pager


def test_the_next_attempt_is_told_by_the_readers_clock(browser: Browser, served: tuple[Service, str]) -> None:
    service, url = served
    due = service.store.pace.read().next_retry
    assert due is not None
    with open_page(browser, url) as page:
        page.goto("/jobs?stage=queued")
        time = page.locator("[data-jobs-table] time[data-at]")
        expect(time).not_to_contain_text("UTC")
        shown = page.evaluate(
            "(ms) => new Date(ms).toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'})",
            due.replace(tzinfo=UTC).timestamp() * 1000,
        )
        expect(time).to_contain_text(shown)
        expect(page.get_by_label("Checks")).to_contain_text("1 job to try again, the next at")


def test_what_an_operator_can_mend_names_the_way_out(browser: Browser, served: tuple[Service, str]) -> None:
    service, url = served
    fail(service, 99, MENDABLE)
    with open_page(browser, url) as page:
        page.goto("/jobs?stage=failed")
        expect(page.locator('.cause[data-code="no_weights"]')).to_contain_text(
            "trailers jobs retry --code no_weights --force"
        )
        expect(page.locator("[data-jobs-table] tbody tr").first).to_contain_text("trailers jobs retry ")
        expect(page.locator('.cause[data-code="private"]')).not_to_contain_text("--force")


def test_a_disk_of_its_own_for_downloads_is_named(served: tuple[Service, str]) -> None:
    service, url = served
    assert "free for data and the database" in httpx.get(f"{url}/jobs").text
    other = next(
        (path for path in (Path("/dev/shm"), Path("/tmp"), Path("/var/tmp")) if path.stat().st_dev != _device(service)),
        None,
    )
    if other is None:
        pytest.skip("this machine has one disk")
    service.settings.scratch.symlink_to(other)
    text = httpx.get(f"{url}/jobs").text
    assert "free for data and the database" in text
    assert "GB free for downloads<" in text


def _device(service: Service) -> int:
    return service.settings.home.stat().st_dev


def test_the_age_of_each_lanes_queue_is_a_metric(served: tuple[Service, str]) -> None:
    service, url = served
    assert (
        'trailers_queue_oldest_seconds{lane="download"} 0.0' in httpx.get(f"{url}/metrics").text
    )  # that one is delayed
    submit(service, 99)
    lines = httpx.get(f"{url}/metrics").text.splitlines()
    ages = {line.split('"')[1]: float(line.split()[-1]) for line in lines if "queue_oldest_seconds{" in line}
    assert 0 < ages["download"] < 60
    assert (ages["extract"], ages["classify"]) == (0, 0)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_all_failed_rows_of_a_list_are_retried_once_that_is_sure(
    browser: Browser, served: tuple[Service, str], width: int, scheme: str
) -> None:
    service, url = served
    service.store.jobs.cancel(JobFilter())
    rows = "".join(f"https://youtu.be/video{number:06},{LONG}\n" for number in range(100, 103))
    batch = httpx.post(f"{url}/v1/batches", content=f"url,title\n{rows}", headers={"Content-Type": "text/csv"}).json()
    for error in (PRIVATE, PAUSED, PAUSED):
        fail_next(service, error, wait_s=0)
    with open_page(browser, url, width=width, scheme=scheme) as page:
        page.goto(f"/batches/{batch['batch_id']}")
        button = page.locator('[data-retry=""]')
        expect(page.locator('[data-part="for-good"]')).to_contain_text("Failed for good: private 1.")
        page.wait_for_load_state("networkidle")
        assert (shifts(page) < 0.05, serious_issues(page)) == (True, [])
        shoot(page, f"batch-failed-{width}-{scheme}")
        button.click()
        expect(button).to_contain_text("Queue 2 again?")
        assert service.store.jobs.count(JobFilter(batch_id=batch["batch_id"])) == {"failed": 3}
        button.click()
        expect(page.locator("#announcer")).to_have_text("2 queued again.")
        expect(button).to_be_disabled()
        expect(button).to_contain_text("Retry all failed")
    assert service.store.jobs.count(JobFilter(batch_id=batch["batch_id"])) == {"failed": 1, "queued": 2}
