from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faketube import FakeYouTube
from tests.videos import make_clip
from worker.download import download
from worker.errors import WorkerError
from worker.links import Link

LINK = Link("-wNyEUrxzFU")


@pytest.fixture
def tube(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeYouTube]:
    with FakeYouTube(make_clip(tmp_path / "clip.mp4", seconds=2), tmp_path) as tube:
        for name, value in tube.environment.items():
            monkeypatch.setenv(name, value)
        yield tube


def test_a_link_becomes_one_file_and_what_its_page_says(tube: FakeYouTube, tmp_path: Path) -> None:
    folder = tmp_path / "100% scratch"
    folder.mkdir()
    seen: list[int] = []
    got = download(LINK, folder, max_duration_s=60, max_bytes=10**8, on_progress=lambda done, total: seen.append(done))
    assert got.path.read_bytes() == tube.video
    assert [path.name for path in folder.iterdir()] == [got.path.name]
    assert (got.source.title, got.source.video_id) == ('Fake Trailer <b> & "q"', "-wNyEUrxzFU")
    assert seen[-1] == len(tube.video)


@pytest.mark.parametrize(("mode", "code"), [("live", "live_not_allowed"), ("long", "too_long"), ("huge", "too_large")])
def test_what_is_too_much_is_refused_before_a_byte_of_video(
    tube: FakeYouTube, tmp_path: Path, mode: str, code: str
) -> None:
    tube.mode = mode
    with pytest.raises(WorkerError) as caught:
        download(LINK, tmp_path, max_duration_s=60, max_bytes=10**8)
    assert caught.value.code == code
    assert not [request for request in tube.requests if "videoplayback" in request]


@pytest.mark.parametrize("mode", ["private", "gone", "noformats", "media403"])
def test_a_refused_video_is_an_error_with_youtubes_own_words(tube: FakeYouTube, tmp_path: Path, mode: str) -> None:
    tube.mode = mode
    folder = tmp_path / "scratch"
    folder.mkdir()
    with pytest.raises(WorkerError, match=LINK.video_id) as caught:
        download(LINK, folder, max_duration_s=60, max_bytes=10**8)
    assert caught.value.code == "download_failed"
