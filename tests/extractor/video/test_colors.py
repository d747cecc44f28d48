"""Colours: patches come out as they went in, from SDR and HDR, tagged or not; interlaced fields are not blended."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from extractor.limits import Limits
from extractor.video import colors
from extractor.video.extraction import extract_features
from extractor.video.frames import FrameStream
from extractor.video.probe import probe, read_probe
from tests.support import boxes
from tests.support.cheap_work import CheapBackbone
from tests.support.videos import make_numbered_video, read_number, run_ffmpeg

PATCHES = np.array(
    [
        list(bytes.fromhex(color))
        for color in (
            "ff0000",
            "00ff00",
            "0000ff",
            "ffff00",
            "00ffff",
            "ff00ff",
            "c8783c",
            "3c78c8",
            "808080",
            "e6bea0",
        )
    ]
)
UNTAG = ["-bsf:v", "h264_metadata=matrix_coefficients=2:colour_primaries=2:transfer_characteristics=2"]
EXACT = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "1"]
SDR = (
    "format=gbrp,scale=out_color_matrix=bt709:out_range=tv,format=yuv444p"
    ",setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709,zscale=t=linear:npl=203"
)
needs_zscale = pytest.mark.skipif(not colors.can_tone_map(), reason="this ffmpeg has no zscale and tonemap filters")


def make_patches(path: Path, *, size: str, filters: str, options: list[str]) -> Path:
    """Write two seconds of ten flat colours in columns."""
    width, height = map(int, size.split("x"))
    row = np.repeat(PATCHES.astype(np.uint8), width // 10, axis=0)  # (width, 3)
    raw = np.broadcast_to(row, (20, height, width, 3)).tobytes()
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "10", "-i", "-"]
    run_ffmpeg([*source, "-vf", filters, *options, str(path)], stdin=raw)
    return path


def see(path: Path) -> tuple[NDArray[np.int64], FrameStream]:
    """Return the colours in the middle of the ten columns, and the stream."""
    with FrameStream(path, probe(path, limits=Limits())) as stream:
        frame = np.concatenate(list(stream))[1].astype(np.int64)
    return frame[150, ((np.arange(10) + 0.5) * 29.9).astype(int)], stream


def worst(path: Path) -> int:
    return int(np.abs(see(path)[0] - PATCHES).max())


def hdr(path: Path, transfer: str) -> Path:
    filters = f"{SDR},format=gbrpf32le,zscale=p=bt2020:t={transfer}:m=bt2020nc:r=tv:npl=203,format=yuv420p10le"
    tags = f"log-level=error:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:lossless=1"
    options = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", tags]
    return make_patches(path, size="320x240", filters=filters, options=options)


@needs_zscale
@pytest.mark.parametrize(("transfer", "name"), [("smpte2084", "PQ"), ("arib-std-b67", "HLG")])
def test_hdr_is_shown_as_sdr_and_that_is_noted(tmp_path: Path, transfer: str, name: str) -> None:
    path = hdr(tmp_path / "film.mp4", transfer)
    assert worst(path) <= 8
    assert not see(path)[1].warnings
    assert colors.color_notes(probe(path, limits=Limits())) == (f"tone-mapped from HDR ({name}) to BT.709",)


@needs_zscale
def test_hdr_that_this_ffmpeg_cant_map_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = hdr(tmp_path / "film.mp4", "smpte2084")
    monkeypatch.setattr(colors, "can_tone_map", lambda: False)
    assert "HDR (PQ)" in see(path)[1].warnings[0]
    assert not colors.color_notes(probe(path, limits=Limits()))


@needs_zscale
def test_notes_and_warnings_are_kept_with_the_features(tmp_path: Path) -> None:
    from extractor.networks.weights import given_weights

    weights = tmp_path / "weights.h5"
    weights.write_bytes(b"no network")
    features = extract_features(
        hdr(tmp_path / "film.mp4", "smpte2084"), CheapBackbone(given_weights(weights), lambda: None)
    )
    assert "HDR (PQ)" in features.provenance.notes[0]


def test_dolby_vision_that_is_nothing_else_is_warned_of() -> None:
    record = {"side_data_type": "DOVI configuration record", "dv_profile": 5, "dv_bl_signal_compatibility_id": 0}
    stream = {"index": 0, "codec_type": "video", "width": 64, "height": 64, "side_data_list": [record]}
    assert "Dolby Vision" in colors.color_warnings(read_probe({"streams": [stream]}, n_bytes=1))[0]
    compatible = {**stream, "side_data_list": [{**record, "dv_profile": 8}]}
    assert not colors.color_warnings(read_probe({"streams": [compatible]}, n_bytes=1))


@pytest.mark.parametrize(
    ("size", "matrix"),
    [("640x576", "bt601"), ("640x578", "bt709"), ("1270x534", "bt601"), ("1280x534", "bt709"), ("640x720", "bt709")],
)
def test_an_untagged_video_is_read_as_bt709_if_it_is_wide_or_high(tmp_path: Path, size: str, matrix: str) -> None:
    filters = f"format=gbrp,scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p"
    path = make_patches(tmp_path / "film.mp4", size=size, filters=filters, options=[*EXACT, *UNTAG])
    assert probe(path, limits=Limits()).color_matrix is None
    assert worst(path) <= 3


@pytest.mark.parametrize("pixels", ["yuv420p10le", "yuv422p10le", "yuv420p12le"])
def test_ten_and_twelve_bits_show_the_colours_of_eight(tmp_path: Path, pixels: str) -> None:
    filters = f"format=gbrp,scale=out_color_matrix=bt709:out_range=tv,format={pixels}"
    lossless = "log-level=error:lossless=1:colorprim=bt709:transfer=bt709:colormatrix=bt709"
    options = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", lossless]
    assert worst(make_patches(tmp_path / "film.mp4", size="320x240", filters=filters, options=options)) <= 3


@pytest.mark.parametrize(("suffix", "kind"), [("mp4", b"nclx"), ("mov", b"nclc")])
@pytest.mark.parametrize("untag", [[], UNTAG])
@pytest.mark.slow
def test_the_matrix_that_only_the_container_names_is_heeded(
    tmp_path: Path, suffix: str, kind: bytes, untag: list[str]
) -> None:
    unnamed = "setparams=colorspace=unknown:color_primaries=unknown:color_trc=unknown"
    filters = f"format=gbrp,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,{unnamed}"
    path = make_patches(tmp_path / f"film.{suffix}", size="320x240", filters=filters, options=[*EXACT, *untag])
    assert worst(path) > 3
    entry = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1")
    colr = boxes.box(b"colr", kind + b"\0\1\0\1\0\1" + (b"\0" if kind == b"nclx" else b""))
    path.write_bytes(boxes.change(path.read_bytes(), entry, lambda body: without_colr(body) + colr))
    assert worst(path) <= 3


def without_colr(entry: bytes) -> bytes:
    kept = [boxes.box(kind, body) for kind, body in boxes.split(entry[78:]) if kind != b"colr"]
    return entry[:78] + b"".join(kept)


@pytest.mark.parametrize("first", ["tff", "bff"])
def test_an_interlaced_second_shows_its_first_field_alone(tmp_path: Path, first: str) -> None:
    weave = f"tinterlace=interleave_{'top' if first == 'tff' else 'bottom'},setfield={first}"
    options = ["-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme", "-r", "25"]
    path = make_numbered_video(
        tmp_path / "film.ts", rate=Fraction(50), n_frames=200, filters=f"scale=720:576,{weave}", options=options
    )
    info = probe(path, limits=Limits())
    assert info.may_be_interlaced
    with FrameStream(path, info) as stream:
        assert [read_number(frame) for frame in np.concatenate(list(stream))] == [0, 50, 100, 150]


def test_an_interlaced_second_after_progressive_ones_shows_one_moment(tmp_path: Path) -> None:
    weave = "drawbox=h=ih/4:color=white:t=fill:enable='gt(mod(n,2),0)',tinterlace=interleave_top,setfield=tff"
    options = ["-c:v", "mpeg2video", "-q:v", "2", "-r", "25"]
    path = make_numbered_video(tmp_path / "film.ts", rate=Fraction(25), n_frames=25, options=options)
    later = make_numbered_video(
        tmp_path / "later.ts",
        rate=Fraction(50),
        n_frames=100,
        filters=weave,
        options=[*options, "-flags", "+ildct+ilme"],
    )
    path.write_bytes(path.read_bytes() + later.read_bytes())
    with FrameStream(path, probe(path, limits=Limits())) as stream:
        frames = np.concatenate(list(stream))
    assert frames[2, 20:60, 40].max() < 60  # each other moment is white there
