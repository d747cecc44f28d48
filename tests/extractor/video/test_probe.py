import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractor.errors import BadVideo, ExtractorError
from extractor.limits import Limits
from extractor.video.damage import check_understood, read_damage
from extractor.video.probe import probe, read_probe
from tests.support.videos import make_clip, run_ffmpeg
from worker.errors import CLASSES


def code_of(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(ExtractorError) as caught:
        probe(path, limits=limits or Limits())
    assert str(path) in str(caught.value) or isinstance(caught.value, BadVideo)
    return caught.value.code


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_a_video_is_described(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", seconds=2)
    info = probe(path, limits=Limits())
    assert (info.width, info.height, info.fps, info.codec) == (320, 240, 24, "h264")
    assert info.duration_s == pytest.approx(2)
    assert info.bytes == path.stat().st_size


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.ts", "a.flv", "a.avi"])
def test_all_accepted_containers_are_read(tmp_path: Path, name: str) -> None:
    codec = ["-c:v", "libvpx"] if name.endswith("webm") else ["-c:v", "libx264"]
    info = probe(make_clip(tmp_path / name, seconds=1, options=codec), limits=Limits())
    assert (info.width, info.height) == (320, 240)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"once upon a time" * 100, "not_media"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "unsafe_reference"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "unsafe_reference"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "unsupported_format"),
        (b"ID3" + bytes(1000), "no_video_stream"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "no_video_stream"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(1000), "corrupt"),
    ],
)
def test_what_is_no_video_is_told_by_its_first_bytes(tmp_path: Path, data: bytes, code: str) -> None:
    assert code_of(write(tmp_path / "film.mp4", data)) == code


def test_missing_folder_and_pipe_are_told_apart(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert code_of(tmp_path / "missing.mp4") == "file_not_found"
    assert code_of(tmp_path) == "bad_source"
    assert code_of(tmp_path / "pipe") == "bad_source"


@pytest.mark.parametrize("name", ["sound.mp4", "sound.webm"])
def test_sound_alone_is_no_video(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    run_ffmpeg(["-f", "lavfi", "-i", "sine=duration=1", str(path)])
    assert code_of(path) == "no_video_stream"


def test_cover_art_is_no_video(tmp_path: Path) -> None:
    path, cover = tmp_path / "song.m4a", tmp_path / "cover.png"
    run_ffmpeg(["-f", "lavfi", "-i", "testsrc2=size=64x64", "-frames:v", "1", str(cover)])
    sound = ["-f", "lavfi", "-i", "sine=duration=1", "-i", str(cover), "-map", "0", "-map", "1"]
    run_ffmpeg([*sound, "-c:v", "png", "-disposition:v:0", "attached_pic", "-f", "mp4", str(path)])
    assert code_of(path) == "no_video_stream"


def test_a_picture_attached_to_a_video_does_not_stand_for_it(tmp_path: Path) -> None:
    clip, cover, path = (tmp_path / name for name in ("clip.mp4", "cover.jpg", "film.mkv"))
    run_ffmpeg(["-i", str(make_clip(clip, seconds=1)), "-frames:v", "1", str(cover)])
    attach = ["-attach", str(cover), "-metadata:s:t", "mimetype=image/jpeg"]
    run_ffmpeg(["-i", str(clip), "-c", "copy", *attach, str(path)])
    assert probe(path, limits=Limits()).codec == "h264"


def test_a_film_without_its_end_or_without_a_picture_is_refused(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "whole.mp4", seconds=2).read_bytes()
    assert code_of(write(tmp_path / "cut.mp4", whole[: len(whole) // 2])) == "truncated"
    empty = ["-f", "lavfi", "-i", "color=size=64x64", "-frames:v", "0", "-c:v", "libx264"]
    run_ffmpeg([*empty, str(tmp_path / "empty.mp4")])
    assert code_of(tmp_path / "empty.mp4") == "corrupt"


def test_limits_are_held(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mp4", seconds=3)
    assert code_of(path, Limits(max_duration_s=2)) == "too_long"
    assert code_of(path, Limits(max_side=300)) == "bad_dimensions"
    assert code_of(path, Limits(max_pixels=1000)) == "bad_dimensions"


def test_a_missing_ffprobe_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_clip(tmp_path / "clip.mp4", seconds=1)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="ffprobe is not installed"):
        probe(path, limits=Limits())


@pytest.mark.parametrize("stream", [{}, {"duration": "N/A"}, {"duration": "inf"}, {"tags": {"DURATION": "x:y"}}])
def test_an_unknown_duration_is_none(stream: dict[str, Any]) -> None:
    document = {"streams": [{"index": 0, "codec_type": "video", "width": 64, "height": 64, **stream}]}
    assert read_probe(document, n_bytes=1).duration_s is None


def test_the_duration_of_matroska_is_in_a_tag() -> None:
    tags = {"DURATION": "00:01:02.500000000"}
    stream = {"index": 0, "codec_type": "video", "width": 64, "height": 64, "tags": tags}
    assert read_probe({"streams": [stream], "format": {"duration": "99"}}, n_bytes=1).duration_s == 62.5


# Everything JSON can hold where ffprobe writes something, and what it does write.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["N/A", "0/0", "1/0", "25/1", "inf", "nan", "-1", "1e999999999", "9" * 5000, 10**400, -1, 0, 320]),
    st.sampled_from(["video", "audio", "h264", "mjpeg", "png", "encv", "matroska,webm", "bt709", "unknown", "3.5"]),
    st.sampled_from(
        ["00:00:05.000000000", "99:99:99", "\n00000000: 0 65536 0\n00000001: -65536 0 0\n00000002: 0 0 1\n"]
    ),
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner))
STREAM_KEYS = ["index", "codec_name", "codec_tag_string", "width", "height", "color_space", "start_time", "duration"]
STREAM_KEYS += ["nb_frames", "avg_frame_rate", "r_frame_rate"]
STREAM = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(STREAM_KEYS, SCALARS | JSON),
        "codec_type": st.just("video") | JSON,
        "tags": st.dictionaries(st.just("DURATION"), JSON) | JSON,
        "disposition": st.dictionaries(st.sampled_from(["default", "attached_pic", "still_image"]), JSON) | JSON,
        "side_data_list": st.lists(st.dictionaries(st.just("displaymatrix"), SCALARS), max_size=2) | JSON,
    },
)
DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "streams": st.lists(STREAM | JSON, max_size=4) | JSON,
        "format": st.dictionaries(st.sampled_from(["duration", "format_name", "start_time"]), JSON) | JSON,
    },
)


@given(DOCUMENT)
@settings(max_examples=200, suppress_health_check=list(HealthCheck))
def test_whatever_ffprobe_says_gives_a_video_or_an_error_of_ours(document: dict[str, Any]) -> None:
    try:
        info = read_probe(document, n_bytes=1)
    except ExtractorError as exc:
        assert exc.code in CLASSES
        return
    assert min(info.stream, info.width - 1, info.height - 1) >= 0
    assert info.duration_s is None or 0 < info.duration_s < math.inf
    assert math.isfinite(info.fps)
    assert set(info.turn) <= {"transpose", "hflip", "vflip"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("[h264 @ 0x55b2027259c0] [error] error while decoding MB 12 3, bytestream -5", "corrupt"),
        ("[h264 @ 0x55b2027259c0] [error] concealing 120 DC, 120 AC, 120 MV errors in P frame", "corrupt"),
        ("[h264 @ 0x55b2027259c0] [error] Invalid NAL unit size (51 > 29).", "corrupt"),
        ("[fatal] file:/a.ts: corrupt input packet in stream 0", "corrupt"),
        ("[mpeg2video @ 0x5] [error] ac-tex damaged at 3 2", "corrupt"),
        ("[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5] [error] stream 0, offset 0x1c2: partial file", "truncated"),
        ("[matroska,webm @ 0x5] [error] File ended prematurely at pos. 4711 (0x1267)", "truncated"),
        (
            "[IMGUTILS @ 0x7] [error] Picture size 16383x16383 exceeds specified max pixel count 40000000",
            "bad_dimensions",
        ),
        ("[zmbv @ 0x5] [error] Codec (zmbv) not on whitelist 'h264'", "unsupported_format"),
        ("[aac @ 0x5] [error] Codec (aac) not on whitelist 'h264'", None),
        ("[h264 @ 0x5] [error] mmco: unref short failure", None),
        ("[h264 @ 0x5] [error] SEI type 5 size 1960 truncated at 408", None),
        ("[h264 @ 0x5] [error] Missing reference picture, default is 65562", None),
        ("[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5] [error] Referenced QT chapter track not found", None),
        ("[AVHWDeviceContext @ 0x5] [error] Failed to get number of OpenCL platforms: -1001.", None),
        ("[error] Device creation failed: -542398533.", None),
        ("[h264 @ 0x5] [error] Failed setup for format cuda: hwaccel initialisation returned error.", None),
        ("[h264 @ 0x5] [error] hardware accelerator failed to decode picture", "corrupt"),
        ("libva error: vaGetDriverNames() failed with unknown libva error", None),
    ],
)
def test_what_ffmpeg_says_is_damage_or_harmless(line: str, code: str | None) -> None:
    damage = read_damage(f"{line}\n".encode(), refused="zmbv")
    assert (damage.code if damage else None) == code
    assert damage is None or "0x5" not in damage.reason


def test_an_ffmpeg_that_refuses_our_options_is_no_fault_of_the_file() -> None:
    check_understood(b"[h264 @ 0x5] [error] no frame!")
    with pytest.raises(ExtractorError, match="install version") as caught:
        check_understood(b"[error] Unrecognized option 'reinit_filter'.\n[fatal] Error splitting the argument list")
    assert caught.value.code == "internal"


def test_a_codec_that_is_not_read_is_named_with_the_command_that_converts_it(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mov", seconds=1, options=["-c:v", "qtrle", "-pix_fmt", "rgb24"])
    with pytest.raises(ExtractorError, match="qtrle video is not read; convert it first: ffmpeg -i FILE") as caught:
        probe(path, limits=Limits())
    assert caught.value.code == "unsupported_format"
