import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from extractor import posters
from extractor.errors import BadPoster
from extractor.posters import read_poster


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_poster_becomes_one_frame_of_its_colour(kind: str) -> None:
    frame = read_poster(encode(Image.new("RGB", (200, 300), (200, 30, 60)), kind))
    assert frame.shape == (299, 299, 3)
    assert np.abs(frame.astype(int) - (200, 30, 60)).max() <= 6


def test_a_turned_photograph_is_turned_upright() -> None:
    image = Image.new("RGB", (40, 20), "black")
    image.paste("white", (0, 0, 20, 20))  # the left half is white
    exif = Image.Exif()
    exif[0x0112] = 6  # show it turned clockwise: white on top
    frame = read_poster(encode(image, "JPEG", exif=exif, quality=95))
    assert frame[:100].mean() > 240
    assert frame[200:].mean() < 15


def test_sixteen_bit_grey_stays_readable() -> None:
    ramp = np.linspace(0, 65535, 100 * 100).astype(np.uint16).reshape(100, 100)
    frame = read_poster(encode(Image.fromarray(ramp), "PNG"))
    assert frame[0].mean() < 10
    assert 110 < frame[150].mean() < 145
    assert frame[-1].mean() > 245


def test_what_shines_through_is_white() -> None:
    frame = read_poster(encode(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    assert frame.min() == 255


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(50), b"text", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(BadPoster):
        read_poster(data)


def test_a_damaged_poster_is_refused() -> None:
    whole = encode(Image.effect_noise((300, 300), 90).convert("RGB"), "JPEG")
    with pytest.raises(BadPoster, match="damaged"):
        read_poster(whole[: len(whole) // 2])


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(BadPoster, match="pixels"):
        read_poster(encode(Image.new("1", (20_000, 20_000)), "PNG"))


def test_a_large_file_and_a_missing_one_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posters, "MAX_BYTES", 100)
    with pytest.raises(BadPoster, match="bytes"):
        read_poster(bytes(101))
    with pytest.raises(BadPoster, match="can't be read"):
        read_poster(tmp_path / "missing.jpg")
