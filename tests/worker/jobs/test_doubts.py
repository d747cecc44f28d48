"""Refusals that are doubted: an outage of the site, seen by real workers, ends no job."""

from collections import Counter
from pathlib import Path

import pytest

from tests.support.cheap_work import Plan
from tests.support.faketube import FakeYouTube
from tests.support.service import Service, link


def stages(service: Service) -> Counter[str]:
    return Counter(job.stage for job in service.jobs().values())


@pytest.mark.parametrize("mode", ["new", "gone"])
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
