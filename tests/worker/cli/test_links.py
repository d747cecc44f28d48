"""Links that are analysed, from a fake YouTube."""

from pathlib import Path

import pytest

from tests.support.faketube import FakeYouTube
from tests.support.homes import Command
from tests.support.videos import make_clip, make_dash, make_hls
from tests.worker.cli.printed import lines


def test_a_link_goes_the_whole_way_and_leaves_no_scratch(
    run: Command, model_id: str, own_home: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeYouTube(clip, tmp_path) as tube:
        for name, value in tube.environment.items():
            monkeypatch.setenv(name, value)
        first = lines(run("analyze", "--json", "https://youtu.be/dQw4w9WgXcQ?t=3")[1])[0]
    again = lines(run("analyze", "--json", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL1")[1])[0]
    assert (first["trailer_id"], first["n_frames"], first["cached"]) == ("youtube:dQw4w9WgXcQ", 4, False)
    assert (again["trailer_id"], again["cached"]) == ("youtube:dQw4w9WgXcQ", True)
    assert list((own_home / "scratch").iterdir()) == []
    status, out, _ = run("show", "dQw4w9WgXcQ")
    assert status == 0
    assert 'Fake Trailer <b> & "q"' in out


@pytest.mark.parametrize("fault", ["a page in a segment's place", "a list without its end"])
@pytest.mark.slow
def test_a_video_shorter_than_its_page_says_is_no_whole_download(
    fault: str, run: Command, model_id: str, own_home: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = make_clip(tmp_path / "long.mp4", seconds=6, options=["-g", "24"])
    with FakeYouTube(clip, tmp_path) as tube:
        tube.seconds = 6
        if fault == "a list without its end":
            tube.segments = make_hls(tmp_path / "segments", video)
            listed = (tube.segments / "list.m3u8").read_text()
            (tube.segments / "list.m3u8").write_text(listed.partition("#EXTINF:1.000000,\npart3")[0] + "#EXT-X-ENDLIST")
        else:
            tube.segments = make_dash(tmp_path / "segments", video)
            (tube.segments / "part3").write_bytes(b"<html>502 Bad gateway</html>" * 40)
        for name, value in tube.environment.items():
            monkeypatch.setenv(name, value)
        status, out, err = run("analyze", "--json", "youtu.be/aaaaaaaaaaa")
    assert status == 1
    assert "download_truncated" in out + err
    assert "of the 6 s of https://www.youtube.com/watch?v=aaaaaaaaaaa came" in out + err
    assert run("show", "aaaaaaaaaaa")[0] == 4, "nothing of it is kept"


@pytest.mark.slow
def test_a_damaged_download_is_told_by_its_link_not_by_its_scratch_file(
    run: Command, model_id: str, own_home: Path, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = make_clip(tmp_path / "long.mp4", seconds=6, options=["-g", "24"])
    with FakeYouTube(clip, tmp_path) as tube:
        tube.seconds = 6
        tube.segments = make_hls(tmp_path / "segments", video)
        (tube.segments / "part3").write_bytes(b"<html>502 Bad gateway</html>" * 40)
        for name, value in tube.environment.items():
            monkeypatch.setenv(name, value)
        _, out, err = run("analyze", "--json", "youtu.be/bbbbbbbbbbb")
    assert "'https://www.youtube.com/watch?v=bbbbbbbbbbb' is damaged in 1 of 6 seconds: " in out + err
    assert not [word for word in ("scratch", "video.mp4", "file:", str(own_home)) if word in out + err]
