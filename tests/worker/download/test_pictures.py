"""Pictures of posters: fetched from TMDB's host by a limited child, and from nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from extractor.posters import MAX_BYTES
from tests.support.faketube import FakeYouTube
from worker.download.pictures import fetch_picture
from worker.errors import WorkerError
from worker.settings import Settings, read_settings
from worker.tmdb import TMDB, check_poster_base

URL = f"{TMDB}/rhIRbceoE9lR4veEXuwCC2wARtG.jpg"


@pytest.fixture
def settings(tube: FakeYouTube, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a home without leftovers in its scratch folder."""
    tube.pictures["/t/p/w500/rhIRbceoE9lR4veEXuwCC2wARtG.jpg"] = b"a picture"
    settings = read_settings({"TRAILERS_HOME": str(tmp_path)})
    yield settings
    assert [path for path in settings.scratch.rglob("*") if path.is_dir()] == []


def test_a_poster_of_tmdbs_is_fetched(tube: FakeYouTube, settings: Settings) -> None:
    assert fetch_picture(URL, settings) == b"a picture"
    assert tube.requests == [
        "CONNECT image.tmdb.org:443",
        "GET image.tmdb.org/t/p/w500/rhIRbceoE9lR4veEXuwCC2wARtG.jpg",
    ]


@pytest.mark.parametrize(
    "target", ["https://image.tmdb.org/t/p/w500/other.jpg", "http://127.0.0.1:9/x", "file:///etc/passwd"]
)
def test_no_redirect_is_followed(tube: FakeYouTube, settings: Settings, target: str) -> None:
    tube.mode, tube.redirect_to = "redir", target
    with pytest.raises(WorkerError, match="can't be fetched: the host answers 302"):
        fetch_picture(URL, settings)
    assert len(tube.requests) == 2


def test_a_missing_a_large_and_a_cut_picture_are_refused(tube: FakeYouTube, settings: Settings) -> None:
    with pytest.raises(WorkerError, match="the host answers 404"):
        fetch_picture(f"{TMDB}/none.jpg", settings)
    tube.pictures["/t/p/w500/rhIRbceoE9lR4veEXuwCC2wARtG.jpg"] = bytes(MAX_BYTES + 1)
    with pytest.raises(WorkerError, match=f"more than {MAX_BYTES:,} bytes") as caught:
        fetch_picture(URL, settings)
    assert caught.value.code == "too_large"
    tube.pictures["/t/p/w500/rhIRbceoE9lR4veEXuwCC2wARtG.jpg"], tube.mode = bytes(1000), "trunc"
    with pytest.raises(WorkerError, match="500 bytes of it are missing"):
        fetch_picture(URL, settings)


@pytest.mark.parametrize(
    "url", ["https://example.com/a.jpg", "http://image.tmdb.org/a.jpg", "https://image.tmdb.org:8443/a"]
)
def test_the_child_itself_asks_no_other_host(tube: FakeYouTube, settings: Settings, url: str) -> None:
    with pytest.raises(WorkerError, match="is not its own"):
        fetch_picture(url, settings)
    assert tube.requests == []


def test_only_tmdbs_pictures_are_a_base_of_posters() -> None:
    assert check_poster_base("tmdb") == TMDB
    assert check_poster_base("https://image.tmdb.org/t/p/original/") == "https://image.tmdb.org/t/p/original"
    bad = (
        "http://image.tmdb.org/t/p/w500",
        "https://example.com/t/p/w500",
        "https://image.tmdb.org@example.com/t/p/w500",
    )
    more = ("https://image.tmdb.org:8443/t/p/w500", "https://image.tmdb.org/t/p/../w500", "https://[", "w500", "")
    for text in (*bad, *more, "https://image.tmdb.org/t/p/w500?x=", "https://image.tmdb.org/t/p/"):
        with pytest.raises(ValueError, match=r"give tmdb, or https://image\.tmdb\.org/t/p/SIZE"):
            check_poster_base(text)
