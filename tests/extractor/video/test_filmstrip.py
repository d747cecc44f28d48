import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from db.store import Store
from extractor.limits import MAX_FRAMES, Limits
from extractor.networks.weights import given_weights
from extractor.video.extraction import Watcher, extract_features
from extractor.video.filmstrip import COLUMNS, HEIGHT, LOW, Filmstrip, FilmstripMaker, StillMaker, fit_still
from extractor.video.probe import probe
from tests.extractor.video.drawn_frames import card, scene
from tests.support.cheap_work import CheapBackbone
from tests.support.hostile.changes import turned
from tests.support.videos import make_clip, run_ffmpeg


def watch(path: Path, weights: Path, still: tuple[int, int]) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.uint8]]]:
    """Return the frames and the stills that an extraction shows."""
    frames, stills = list[NDArray[np.uint8]](), list[NDArray[np.uint8]]()
    backbone = CheapBackbone(given_weights(weights), lambda: None)
    watcher = Watcher(on_frames=frames.append, still=still, on_stills=stills.append)
    extract_features(path, backbone, watcher=watcher)
    return frames, stills


def film(path: Path, weights: Path) -> Filmstrip:
    info = probe(path, limits=Limits())
    maker = FilmstripMaker(info.aspect)
    backbone = CheapBackbone(given_weights(weights), lambda: None)
    extract_features(path, backbone, info=info, watcher=Watcher(on_frames=maker.add))
    return maker.finish()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "cheap.h5"
    path.write_bytes(b"no network")
    return path


def small_frame(filmstrip: Filmstrip, second: int) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(filmstrip.jpeg)) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    top, left = second // filmstrip.columns * filmstrip.height, second % filmstrip.columns * filmstrip.width
    return pixels[top : top + filmstrip.height, left : left + filmstrip.width]


def test_each_second_of_a_video_is_a_small_frame_in_its_shape_and_colour(tmp_path: Path, weights: Path) -> None:
    clip = tmp_path / "clip.mp4"
    shots = [f"color={color}:size=640x272:rate=24:duration=15[{color}]" for color in ("red", "blue")]
    graph = f"{';'.join(shots)};[red][blue]concat=n=2"
    run_ffmpeg(["-filter_complex", graph, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(clip)])
    filmstrip = film(clip, weights)
    assert (filmstrip.n_frames, filmstrip.columns, filmstrip.height) == (30, COLUMNS, HEIGHT)
    assert filmstrip.width == round(HEIGHT * 640 / 272)
    colors = np.frombuffer(filmstrip.colors, np.uint8).reshape(-1, 3)
    assert len(colors) == 30
    assert colors[0].argmax() == 0
    assert colors[29].argmax() == 2
    assert small_frame(filmstrip, 14).mean(axis=(0, 1)).argmax() == 0
    assert small_frame(filmstrip, 15).mean(axis=(0, 1)).argmax() == 2


def test_the_cover_is_the_most_varied_frame() -> None:
    frames = np.full((5, 147, 147, 3), 90, np.uint8)
    frames[3, :, :73] = 240
    maker = FilmstripMaker(16 / 9)
    maker.add(frames)
    with Image.open(io.BytesIO(maker.finish().cover)) as cover:
        pixels = np.asarray(cover.convert("RGB"), dtype=np.float64)
    assert pixels.shape == (144, 256, 3)
    assert pixels[:, :100].mean() > 220
    assert pixels[:, 160:].mean() < 110


def read_cover(frames: NDArray[np.uint8], aspect: float = 1.0) -> NDArray[np.float64]:
    maker = FilmstripMaker(aspect)
    maker.add(frames)
    with Image.open(io.BytesIO(maker.finish(range(len(frames))).cover)) as cover:
        return np.asarray(cover.convert("RGB"), dtype=np.float64)


def test_the_cover_is_no_flare_and_has_no_black_bars_around_it() -> None:
    flare = np.full((10, 299, 299, 3), 250, np.uint8)
    frames = np.concatenate([flare, [scene(1, light=0.5)], flare[:5]])
    frames[:, :60] = frames[:, -60:] = 0
    cover = read_cover(frames, aspect=16 / 9)
    assert cover.shape[:2] == (144, round(144 * 2.4))  # as wide as a cover may be: the bars are gone
    assert cover[:8].mean() > 20
    assert cover.mean() < 200


def test_the_cover_is_not_of_the_opening() -> None:
    logo, film = scene(1, light=0.9), scene(2, light=0.3)
    frames = np.stack([logo] * 3 + [film] * 12)
    assert np.abs(read_cover(frames) - read_cover(frames[3:])).mean() < 3


def test_the_cover_is_of_a_usable_second_where_one_has_any_contrast() -> None:
    frames = np.concatenate([[card("THE FILM")] * 40, [scene(number, light=0.2) for number in range(5)]])
    covers = []
    for usable in (range(40), range(40, 45)):
        maker = FilmstripMaker(1.0)
        maker.add(frames)
        with Image.open(io.BytesIO(maker.finish(usable).cover)) as cover:
            covers.append(np.asarray(cover.convert("RGB"), dtype=np.float64))
    assert np.median(covers[0]) < 5  # the ground of a card
    assert np.median(covers[1]) > 8


def test_a_filmstrip_has_the_shape_in_which_a_video_is_shown(tmp_path: Path) -> None:
    stretched = make_clip(tmp_path / "clip.mp4", seconds=1, size="320x240", options=["-aspect", "16:9"])
    upended = tmp_path / "turned.mp4"
    upended.write_bytes(turned(0, 1, -1, 0)(stretched.read_bytes()))
    assert probe(stretched, limits=Limits()).aspect == pytest.approx(16 / 9)
    assert probe(upended, limits=Limits()).aspect == pytest.approx(9 / 16)


@pytest.mark.slow
def test_the_longest_filmstrip_fits_into_a_document() -> None:
    maker = FilmstripMaker(2.39)
    noise = np.random.default_rng(0).integers(0, 256, (250, 147, 147, 3), dtype=np.uint8)
    for _ in range(MAX_FRAMES // len(noise)):
        maker.add(noise)
    filmstrip = maker.finish()
    assert (filmstrip.n_frames, filmstrip.height) == (MAX_FRAMES, LOW)
    assert len(filmstrip.jpeg) < 15_000_000


def test_a_filmstrip_is_read_as_it_was_written(store: Store) -> None:
    maker = FilmstripMaker(16 / 9)
    maker.add(np.zeros((3, 147, 147, 3), np.uint8))
    assert store.filmstrips.load("file:0123456789abcdef") is None
    store.filmstrips.save("file:0123456789abcdef", maker.finish())
    assert store.filmstrips.load("file:0123456789abcdef") == maker.finish()


def test_stills_are_larger_pictures_of_the_same_seconds_and_leave_the_frames_as_they_are(
    tmp_path: Path, weights: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=3)
    alone, none = watch(clip, weights, (0, 0))
    frames, (stills,) = watch(clip, weights, (640, 360))
    assert np.array_equal(np.concatenate(frames), np.concatenate(alone))
    assert (stills.shape, none) == ((3, 360, 640, 3), [])
    small = [np.asarray(Image.fromarray(still).resize((299, 299), Image.Resampling.BICUBIC)) for still in stills]
    assert np.abs(np.stack(small).astype(int) - frames[0]).mean() < 8


def test_a_still_has_the_shape_of_the_video_and_is_never_larger() -> None:
    assert fit_still(1920, 1080, 16 / 9) == (853, 480)
    assert fit_still(320, 240, 4 / 3) == (320, 240)
    assert fit_still(1080, 1920, 9 / 16) == (270, 480)
    assert fit_still(720, 576, 1024 / 576) == (720, 405), "of an anamorphic video"


def test_too_many_stills_for_a_document_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (4, 90, 160, 3), dtype=np.uint8)
    maker = StillMaker()
    maker.add(noise)
    assert len(maker.finish()) == 4
    monkeypatch.setattr("extractor.video.filmstrip.STILLS_BYTES", 1000)
    maker = StillMaker()
    maker.add(noise)
    assert maker.finish() == []


def test_a_still_is_read_alone_and_none_replace_those_there_were(store: Store) -> None:
    store.stills.save("file:0123456789abcdef", [b"zero", b"one"])
    read = [store.stills.picture("file:0123456789abcdef", second) for second in (0, 1, 2)]
    assert (read, store.stills.count("file:0123456789abcdef")) == ([b"zero", b"one", None], 2)
    store.stills.save("file:0123456789abcdef", [])
    assert store.stills.count("file:0123456789abcdef") == 0
