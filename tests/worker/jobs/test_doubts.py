"""Refusals that are doubted: an outage of the site, seen by real workers, ends no job."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.cheap_work import Plan
from tests.support.faketube import FakeYouTube
from tests.support.service import Service, link, video_id


def stages(service: Service) -> Counter[str]:
    return Counter(job.stage for job in service.jobs().values())


@pytest.mark.parametrize("mode", ["new", pytest.param("gone", marks=pytest.mark.slow)])
def test_an_outage_ends_no_job_whatever_the_site_calls_it(tmp_path: Path, tube: FakeYouTube, mode: str) -> None:
    environment = {**tube.environment, "TRAILERS_DOWNLOAD_WORKERS": "2"}
    with Service(tmp_path / "home", Plan(folder=str(tmp_path)), **environment) as service, service.up():
        service.submit(link(1))
        service.wait()
        tube.mode = mode
        service.submit(*(link(number) for number in range(2, 9)))
        service.until(lambda: service.runtime.store.throttle.state("download:youtube") is not None, seconds=60)
        service.until(lambda: stages(service) == {"done": 1, "queued": 7})
        assert {job.attempts for job in service.jobs().values()} == {0}
        assert max(len(job.history) for job in service.jobs().values()) < 12
        tube.mode = "ok"
        assert "ended 1 pauses" in service.command("doctor", "--resume").stderr
        assert {job.stage for job in service.wait().values()} == {"done"}


@pytest.mark.slow
def test_links_that_are_really_dead_end_after_one_pause(tmp_path: Path, tube: FakeYouTube) -> None:
    with Service(tmp_path / "home", Plan(folder=str(tmp_path)), **tube.environment) as service, service.up():
        service.submit(link(1))
        service.wait()
        tube.modes = {video_id(number): "gone" for number in range(2, 9)}
        service.submit(*(link(number) for number in range(2, 9)))
        throttle = service.runtime.store.throttle
        service.until(lambda: throttle.state("download:youtube") is not None, seconds=60)
        service.until(lambda: stages(service) == {"done": 1, "queued": 7})
        throttle._collection.update_one({}, {"$set": {"pause.until": datetime.now(UTC)}})
        jobs = service.wait().values()
        assert Counter(job.error.code for job in jobs if job.error) == {"unavailable": 7}
        assert throttle.pauses() == {}
