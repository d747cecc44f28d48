import io
import random
import zlib
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


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_moving_poster_gives_its_first_picture(kind: str) -> None:
    later = [Image.new("RGB", (60, 90), color) for color in ("lime", "blue")]
    options = {"save_all": True, "append_images": later, "duration": 100, "lossless": True}
    frame = read_poster(encode(Image.new("RGB", (60, 90), "red"), kind, **options))
    assert tuple(frame[150, 150]) == (255, 0, 0)


def test_a_printers_jpeg_keeps_its_colours() -> None:
    frame = read_poster(encode(Image.new("CMYK", (60, 90), (0, 255, 255, 0)), "JPEG", quality=95))
    assert np.abs(frame.astype(int) - (254, 0, 0)).max() <= 6


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel_is_read(mode: str) -> None:
    white = Image.fromarray(np.full((40, 30), 65535, np.uint16)) if mode == "I;16" else Image.new("L", (30, 40), 255)
    frame = read_poster(encode(white if mode == "I;16" else white.convert(mode), "PNG"))
    assert frame.shape == (299, 299, 3)
    assert frame.min() == 255


def test_a_transparent_colour_of_a_palette_is_white() -> None:
    image = Image.new("P", (40, 40), 1)
    image.putpalette([0, 0, 0, 0, 0, 0])
    frame = read_poster(encode(image, "PNG", transparency=1))
    assert frame.min() == 255


def test_a_broken_colour_profile_and_broken_exif_harm_no_picture() -> None:
    for options in ({"icc_profile": bytes(range(256))}, {"exif": b"Exif\0\0" + b"\xff" * 64}):
        frame = read_poster(encode(Image.new("RGB", (40, 40), "red"), "JPEG", quality=95, **options))
        assert np.abs(frame.astype(int) - (254, 0, 0)).max() <= 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_turn_of_a_photograph_is_undone(orientation: int) -> None:
    # The colour of the upper left corner, after turning it as EXIF says.
    image = Image.new("RGB", (40, 40), "black")
    corner = {1: (0, 0), 2: (20, 0), 3: (20, 20), 4: (0, 20), 5: (0, 0), 6: (0, 20), 7: (20, 20), 8: (20, 0)}
    image.paste("white", (*corner[orientation], corner[orientation][0] + 20, corner[orientation][1] + 20))
    exif = Image.Exif()
    exif[0x0112] = orientation
    frame = read_poster(encode(image, "PNG", exif=exif))
    assert frame[:120, :120].min() > 240
    assert frame[180:].max() < 15


@pytest.mark.parametrize("size", [(1, 1), (15, 300), (300, 15), (8193, 16)])
def test_sides_out_of_bounds_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(BadPoster, match="a side"):
        read_poster(encode(Image.new("L", size), "PNG"))


def test_a_picture_that_says_it_has_no_pixels_is_refused() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = bytes(4) + bytes(4) + b"\x08\x02\0\0\0"
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    with pytest.raises(BadPoster):
        read_poster(png)


def test_text_that_inflates_without_end_is_refused_or_left_alone() -> None:
    png = encode(Image.new("RGB", (40, 40), "red"), "PNG")
    body = b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9)
    text = len(body).to_bytes(4, "big") + b"zTXt" + body + zlib.crc32(b"zTXt" + body).to_bytes(4, "big")
    with pytest.raises(BadPoster, match="damaged"):
        read_poster(png[:33] + text + png[33:])


def test_two_files_in_one_are_read_as_the_first() -> None:
    jpeg = encode(Image.new("RGB", (40, 40), "red"), "JPEG", quality=95)
    frame = read_poster(jpeg + b"<script>alert(1)</script>PK\x03\x04" + bytes(100))
    assert frame[..., 1:].max() < 6
    with pytest.raises(BadPoster):
        read_poster(b"GIF89a" + jpeg)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_flipped_bits_and_cut_ends_give_a_picture_or_our_error(kind: str) -> None:
    whole = encode(Image.effect_noise((48, 64), 80).convert("RGB"), kind)
    chance = random.Random(7)
    for _ in range(150):
        damaged = bytearray(whole[: chance.randrange(len(whole) // 2, len(whole) + 1)])
        for _ in range(chance.choice((1, 4, 30))):
            damaged[chance.randrange(chance.choice((60, len(damaged))))] ^= 1 << chance.randrange(8)
        try:
            assert read_poster(bytes(damaged)).shape == (299, 299, 3)
        except BadPoster as exc:
            assert exc.code == "bad_poster"
