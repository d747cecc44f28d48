from pathlib import Path

import numpy as np
import pytest

from extractor.errors import NotMedia
from extractor.limits import Limits
from extractor.video.sound import RATE, read_sound
from tests.support.videos import make_clip, run_ffmpeg


def make_sounding(path: Path, codec: str = "aac", *, seconds: int = 2) -> Path:
    """Write a video with a tone of 440 Hz in two channels."""
    silent = make_clip(path.with_name("silent.mp4"), seconds=seconds)
    tone = ["-f", "lavfi", "-i", f"sine=440:duration={seconds}:sample_rate=44100"]
    run_ffmpeg(["-i", str(silent), *tone, "-c:v", "copy", "-c:a", codec, "-strict", "-2", "-ac", "2", str(path)])
    return path


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "flac"), ("b.mkv", "opus")])
def test_the_sound_of_a_video_is_read_as_one_channel(tmp_path: Path, name: str, codec: str) -> None:
    sound = read_sound(make_sounding(tmp_path / name, codec), limits=Limits())
    assert sound.dtype == np.float32
    assert len(sound) == pytest.approx(2 * RATE, abs=RATE // 10)
    second = np.abs(np.fft.rfft(sound[RATE // 2 : RATE // 2 + RATE]))
    assert second.argmax() == 440
    assert 0.05 < np.abs(sound).max() <= 1


def test_no_more_is_read_than_a_video_may_last(tmp_path: Path) -> None:
    path = make_sounding(tmp_path / "a.mp4", seconds=3)
    assert len(read_sound(path, limits=Limits(max_duration_s=1))) == RATE


def test_a_video_without_sound_or_with_sound_that_nobody_may_decode_has_no_samples(tmp_path: Path) -> None:
    assert len(read_sound(make_clip(tmp_path / "a.mp4", seconds=1), limits=Limits())) == 0
    assert len(read_sound(make_sounding(tmp_path / "b.mkv", "dca"), limits=Limits())) == 0


@pytest.mark.slow
def test_damaged_sound_is_no_reason_to_refuse_a_video(tmp_path: Path) -> None:
    path = make_sounding(tmp_path / "a.mkv", "flac")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    assert 0 <= len(read_sound(path, limits=Limits())) <= 2 * RATE
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(NotMedia):
        read_sound(tmp_path / "text.mp4", limits=Limits())
