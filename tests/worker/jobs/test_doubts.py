"""Refusals that are doubted: an outage of the site, seen by real workers, ends no job, but links that are dead end."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.cheap_work import Plan
from tests.support.faketube import FakeYouTube
from tests.support.service import Service, link, video_id

LANE = "download:youtube"


def until_doubted(service: Service, **stages: int) -> None:
    """Wait until the site's lane is paused and its jobs are in these stages, with all their attempts."""
    service.until(lambda: service.runtime.store.throttle.doubt(LANE) is not None)
    service.until(lambda: Counter(job.stage for job in service.jobs().values()) == stages)
    assert {job.attempts for job in service.jobs().values()} == {0}


@pytest.mark.slow
def test_a_batch_outlives_an_outage_in_words_that_nobody_knows(tmp_path: Path, tube: FakeYouTube) -> None:
    tube.mode = "new"
    path = tmp_path / "links.txt"
    path.write_text("".join(f"{link(number)}\n" for number in range(7)))
    with (
        Service(tmp_path / "home", Plan(folder=str(tmp_path)), **tube.environment) as service,
        service.up("batch", str(path)) as running,
    ):
        until_doubted(service, queued=7)
        tube.mode = "ok"
        assert "ended 1 pause " in service.command("doctor", "--resume").stderr
        assert running.process.wait(60) == 0
        assert {job.stage for job in service.jobs().values()} == {"done"}


@pytest.mark.slow
def test_an_outage_that_two_workers_meet_at_once_ends_no_job(tmp_path: Path, tube: FakeYouTube) -> None:
    environment = {**tube.environment, "TRAILERS_DOWNLOAD_WORKERS": "2"}
    with Service(tmp_path / "home", Plan(folder=str(tmp_path)), **environment) as service, service.up():
        service.submit(link(1))
        service.wait()
        tube.mode = "gone"
        service.submit(*(link(number) for number in range(2, 9)))
        until_doubted(service, done=1, queued=7)
        assert max(len(job.history) for job in service.jobs().values()) < 12
        tube.mode = "ok"
        service.command("doctor", "--resume")
        assert {job.stage for job in service.wait().values()} == {"done"}


@pytest.mark.slow
def test_links_that_are_really_dead_end_after_one_pause(tmp_path: Path, tube: FakeYouTube) -> None:
    with Service(tmp_path / "home", Plan(folder=str(tmp_path)), **tube.environment) as service, service.up():
        service.submit(link(1))
        service.wait()
        tube.modes = {video_id(number): "gone" for number in range(2, 9)}
        service.submit(*(link(number) for number in range(2, 9)))
        until_doubted(service, done=1, queued=7)
        throttle = service.runtime.store.throttle
        throttle._collection.update_one({}, {"$set": {"pause.until": datetime.now(UTC)}})
        jobs = service.wait().values()
        assert Counter(job.error.code for job in jobs if job.error) == {"unavailable": 7}
        assert throttle.pauses() == {}
