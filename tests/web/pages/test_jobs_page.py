"""The page of jobs in a real browser: why jobs failed, and what a retry takes."""

from collections.abc import Iterator
from pathlib import Path

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
    new = NewJob(
        key=str(number), trailer_id=f"youtube:video{number:06}", source=f"https://youtu.be/video{number:06}",
        site="youtube", features_id="f", model_id="m", lane="download",
    )  # fmt: skip
    service.store.jobs.submit([new])
    job = service.store.claims.claim(Where("download", "here"), token="t", owner="w", lease_s=60)
    assert job is not None
    service.store.claims.fail(Claim(job.job_id, "t"), error, wait_s=3600)


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
