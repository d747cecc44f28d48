import io
import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, features

from extractor import posters
from extractor.colours import to_srgb
from extractor.errors import BadPoster
from extractor.features import Provenance
from extractor.networks.backbone import nothing
from extractor.posters import MAX_SHAPE, VIEWS, infer_posters, open_poster, read_poster
from tests.support.posters import make_profile


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def read_whole(source: bytes) -> NDArray[np.uint8]:
    """Return the first of a poster's views: all of it."""
    whole: NDArray[np.uint8] = read_poster(source)[0]
    return whole


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_poster_becomes_one_frame_of_its_colour(kind: str) -> None:
    frame = read_whole(encode(Image.new("RGB", (200, 300), (200, 30, 60)), kind))
    assert frame.shape == (299, 299, 3)
    assert np.abs(frame.astype(int) - (200, 30, 60)).max() <= 6


def test_a_turned_photograph_is_turned_upright() -> None:
    image = Image.new("RGB", (40, 20), "black")
    image.paste("white", (0, 0, 20, 20))  # the left half is white
    exif = Image.Exif()
    exif[0x0112] = 6  # show it turned clockwise: white on top
    frame = read_whole(encode(image, "JPEG", exif=exif, quality=95))
    assert frame[:100].mean() > 240
    assert frame[200:].mean() < 15


def test_sixteen_bit_grey_stays_readable() -> None:
    ramp = np.linspace(0, 65535, 100 * 100).astype(np.uint16).reshape(100, 100)
    frame = read_whole(encode(Image.fromarray(ramp), "PNG"))
    assert frame[0].mean() < 10
    assert 110 < frame[150].mean() < 145
    assert frame[-1].mean() > 245


def test_what_shines_through_is_white() -> None:
    frame = read_whole(encode(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    assert frame.min() == 255


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"text", "not a JPEG, PNG, WebP or AVIF picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged: it begins as a PNG"),
        (b"\xff\xd8\xff\xd8" + bytes(40), "damaged: it begins as a JPEG"),
        (b"\0\0\0\x1cftypavif" + bytes(40), "damaged"),
        (encode(Image.new("RGB", (30, 40)), "GIF"), "a GIF picture.* save it as a JPEG"),
        (encode(Image.new("RGB", (30, 40)), "TIFF"), "a TIFF picture.* save it as a JPEG"),
        (encode(Image.new("RGB", (30, 40)), "BMP"), "a BMP picture.* save it as a JPEG"),
        (encode(Image.new("RGB", (30, 40)), "JPEG2000"), "a JPEG 2000 picture.* save it as a JPEG"),
        (encode(Image.new("RGB", (30, 40)), "ICO"), "an icon.* save it as a JPEG"),
        (encode(Image.new("RGB", (30, 40)), "PDF"), "a PDF document.* save it as a JPEG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "a HEIC picture.* save it as a JPEG"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(40), "a HEIC picture.* save it as a JPEG"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(40), "a video.* save it as a JPEG"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(40), "a JPEG XL picture.* save it as a JPEG"),
        (b"\xff\x0a" + bytes(40), "a JPEG XL picture.* save it as a JPEG"),
        (b"8BPS\0\x01" + bytes(40), "a PSD file.* save it as a JPEG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><svg width='3'/>", "an SVG drawing.* save it as a JPEG"),
        (b"\n<!DOCTYPE html><html>Not found", "a web page.* save it as a JPEG"),
    ],
)
def test_other_files_are_refused_by_their_name(data: bytes, said: str) -> None:
    with pytest.raises(BadPoster, match=said):
        read_poster(data)


def test_avif_is_named_where_pillow_was_built_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posters, "FORMATS", ("JPEG", "PNG", "WEBP"))
    monkeypatch.setattr(features, "check", lambda feature: feature != "avif")
    with pytest.raises(BadPoster, match="is an AVIF picture, which can't be read: save it as a JPEG"):
        read_poster(encode(Image.new("RGB", (30, 40)), "AVIF"))


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


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_a_moving_poster_gives_its_first_picture(kind: str) -> None:
    later = [Image.new("RGB", (60, 90), color) for color in ("lime", "blue")]
    options = {"save_all": True, "append_images": later, "duration": 100, "lossless": True}
    frame = read_whole(encode(Image.new("RGB", (60, 90), "red"), kind, **options))
    assert np.abs(frame[150, 150].astype(int) - (255, 0, 0)).max() <= 2


def test_a_printers_jpeg_keeps_its_colours() -> None:
    frame = read_whole(encode(Image.new("CMYK", (60, 90), (0, 255, 255, 0)), "JPEG", quality=95))
    assert np.abs(frame.astype(int) - (254, 0, 0)).max() <= 6


def test_a_printers_jpeg_without_adobes_mark_keeps_its_colours_too() -> None:
    whole = encode(Image.new("CMYK", (60, 90), (0, 255, 255, 0)), "JPEG", quality=95)
    mark = whole.index(b"\xff\xee")
    frame = read_whole(whole[:mark] + whole[mark + 2 + int.from_bytes(whole[mark + 2 : mark + 4], "big") :])
    assert np.abs(frame.astype(int) - (254, 0, 0)).max() <= 6


@pytest.mark.parametrize(("name", "kind"), [("poster.webp", "JPEG"), ("poster.jpg", "WEBP"), ("poster", "PNG")])
def test_a_poster_is_what_it_holds_whatever_it_is_called(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(encode(Image.new("RGB", (60, 90), (200, 30, 60)), kind))
    assert np.abs(read_poster(path)[0].astype(int) - (200, 30, 60)).max() <= 6


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_pixel_is_read(mode: str) -> None:
    white = Image.fromarray(np.full((40, 30), 65535, np.uint16)) if mode == "I;16" else Image.new("L", (30, 40), 255)
    frame = read_whole(encode(white if mode == "I;16" else white.convert(mode), "PNG"))
    assert frame.shape == (299, 299, 3)
    assert frame.min() == 255


def test_a_transparent_colour_of_a_palette_is_white() -> None:
    image = Image.new("P", (40, 40), 1)
    image.putpalette([0, 0, 0, 0, 0, 0])
    frame = read_whole(encode(image, "PNG", transparency=1))
    assert frame.min() == 255


def test_a_broken_colour_profile_and_broken_exif_harm_no_picture() -> None:
    for options in ({"icc_profile": bytes(range(256))}, {"exif": b"Exif\0\0" + b"\xff" * 64}):
        frame = read_whole(encode(Image.new("RGB", (40, 40), "red"), "JPEG", quality=95, **options))
        assert np.abs(frame.astype(int) - (254, 0, 0)).max() <= 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_colours_that_a_profile_means_are_shown(kind: str) -> None:
    meant = encode(Image.new("RGB", (60, 90), (200, 40, 60)), kind, quality=95, icc_profile=make_profile())
    assert np.abs(read_whole(meant)[150, 150].astype(int) - (217, 0, 54)).max() <= 6
    grey = encode(Image.new("L", (60, 90), 100), "PNG", icc_profile=make_profile(space=b"GRAY", gamma=1.0))
    assert abs(int(read_whole(grey)[150, 150, 0]) - 168) <= 2  # linear light .39
    see_through = Image.new("RGBA", (60, 90), (200, 40, 60, 255))
    seen = read_whole(encode(see_through, "PNG", icc_profile=make_profile()))
    assert np.abs(seen[150, 150].astype(int) - (217, 0, 54)).max() <= 6


def test_a_profile_that_means_srgb_changes_no_bit() -> None:
    image = Image.effect_noise((90, 120), 90).convert("RGB")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(read_poster(encode(image, "PNG", icc_profile=srgb)), read_poster(encode(image, "PNG")))


def test_profiles_that_are_broken_too_large_or_of_other_colours_count_as_none() -> None:
    chance, whole = random.Random(3), make_profile()
    others = [make_profile(space=b"GRAY"), make_profile(space=b"CMYK"), whole[:200], whole + bytes(2**23)]
    for _ in range(150):
        broken = bytearray(whole[: chance.randrange(100, len(whole) + 1)])
        for _ in range(chance.choice((1, 4, 30))):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        others.append(bytes(broken))
    for number, icc in enumerate(others):
        seen = to_srgb(Image.new("RGB", (20, 30), (200, 40, 60)), icc)
        assert (seen.mode, seen.size) == ("RGB", (20, 30))
        assert number > 3 or seen.getpixel((5, 5)) == (200, 40, 60)
    assert to_srgb(Image.new("CMYK", (20, 30)), whole).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.slow
def test_a_one_sheet_for_print_is_read_in_little_memory(tmp_path: Path, progressive: bool) -> None:
    small = Image.effect_noise((81, 120), 90).convert("RGB")
    path = tmp_path / "sheet.jpg"
    small.resize((8100, 12_000)).save(path, quality=60, progressive=progressive)
    code = (
        "import re, sys, pathlib; from extractor.posters import read_poster; import numpy\n"
        "numpy.save(sys.argv[2], read_poster(pathlib.Path(sys.argv[1]))[0])\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1])"
    )
    ran = subprocess.run([sys.executable, "-c", code, path, tmp_path / "seen.npy"], capture_output=True, check=True)
    assert int(ran.stdout) < 400_000  # kB
    near = read_whole(encode(small.resize((810, 1200)), "PNG"))
    assert np.abs(np.load(tmp_path / "seen.npy").astype(int) - near).mean() < 3


@pytest.mark.parametrize(
    ("size", "options"),
    [((8100, 12_000), {"progressive": True, "subsampling": 0}), ((12_500, 12_500), {}), ((13_500, 13_500), {})],
)
def test_what_can_not_be_unpacked_in_little_memory_is_refused_with_the_way_out(
    size: tuple[int, int], options: dict[str, object]
) -> None:
    with pytest.raises(BadPoster, match=r"pixels.*: save it smaller"):
        read_poster(encode(Image.new("L" if not options else "RGB", size), "JPEG", quality=30, **options))


def test_a_jpeg_with_a_long_side_is_read_though_it_has_fewer_pixels_than_a_one_sheet() -> None:
    assert open_poster(encode(Image.new("L", (9000, 3000)), "JPEG")).shape == (299, 897, 3)


def test_a_sheet_for_print_that_is_no_jpeg_is_refused_with_the_way_out() -> None:
    with pytest.raises(BadPoster, match="5400x8100 pixels; the limit is 40,000,000: save it smaller"):
        read_poster(encode(Image.new("1", (5400, 8100)), "PNG"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_turn_of_a_photograph_is_undone(orientation: int) -> None:
    # The colour of the upper left corner, after turning it as EXIF says.
    image = Image.new("RGB", (40, 40), "black")
    corner = {1: (0, 0), 2: (20, 0), 3: (20, 20), 4: (0, 20), 5: (0, 0), 6: (0, 20), 7: (20, 20), 8: (20, 0)}
    image.paste("white", (*corner[orientation], corner[orientation][0] + 20, corner[orientation][1] + 20))
    exif = Image.Exif()
    exif[0x0112] = orientation
    frame = read_whole(encode(image, "PNG", exif=exif))
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
    frame = read_whole(jpeg + b"<script>alert(1)</script>PK\x03\x04" + bytes(100))
    assert frame[..., 1:].max() < 6
    with pytest.raises(BadPoster):
        read_poster(b"GIF89a" + jpeg)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_flipped_bits_and_cut_ends_give_a_picture_or_our_error(kind: str) -> None:
    whole = encode(Image.effect_noise((48, 64), 80).convert("RGB"), kind)
    chance = random.Random(7)
    for _ in range(150):
        damaged = bytearray(whole[: chance.randrange(len(whole) // 2, len(whole) + 1)])
        for _ in range(chance.choice((1, 4, 30))):
            damaged[chance.randrange(chance.choice((60, len(damaged))))] ^= 1 << chance.randrange(8)
        try:
            assert read_poster(bytes(damaged)).shape == (VIEWS, 299, 299, 3)
        except BadPoster as exc:
            assert exc.code == "bad_poster"


@pytest.mark.parametrize("size", [(200, 300), (300, 200)])
def test_the_squares_at_both_ends_of_a_poster_are_shown_beside_all_of_it(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "lime")
    ends = (0, 0, 60, 60), (size[0] - 60, size[1] - 60, *size)
    for colour, box in zip(("red", "blue"), ends, strict=True):
        image.paste(colour, box)
    whole, first, last = read_poster(encode(image, "PNG"), size=120)
    assert whole.shape == (120, 120, 3)
    assert tuple(whole[2, 2]) == tuple(first[2, 2]) == (255, 0, 0)
    assert tuple(whole[-3, -3]) == tuple(last[-3, -3]) == (0, 0, 255)
    assert tuple(first[-3, -3]) == tuple(last[2, 2]) == (0, 255, 0)
    assert first[30, 30, 0] > 200  # a square is not squashed: 60 of 200 pixels are 36 of 120
    assert first[40, 40, 0] < 60


def test_a_square_poster_is_shown_three_times_alike() -> None:
    whole, first, last = read_poster(encode(Image.effect_noise((90, 90), 80).convert("RGB"), "PNG"))
    assert np.array_equal(whole, first)
    assert np.array_equal(whole, last)


def test_a_picture_that_was_opened_and_kept_without_loss_shows_the_same_again() -> None:
    data = encode(Image.effect_noise((333, 517), 80).convert("RGB"), "JPEG")
    kept = encode(Image.fromarray(open_poster(data)), "WEBP", lossless=True)
    assert np.array_equal(read_poster(kept), read_poster(data))


def test_a_banner_is_squashed_before_it_takes_memory() -> None:
    picture = open_poster(encode(Image.new("RGB", (8000, 20), "red"), "PNG"))
    assert picture.shape == (299, MAX_SHAPE * 299, 3)


def test_a_posters_vector_is_the_mean_of_its_views() -> None:
    class Means:
        features_id, frame_size, dim = "means-test-00000000-r2", 299, 3
        provenance = Provenance("means", "0" * 64, "r1", "float32")

        def __call__(self, frames: NDArray[np.uint8], *, on_wait: Callable[[], None] = nothing) -> NDArray[np.float32]:
            means: NDArray[np.float32] = frames.mean(axis=(1, 2)).astype(np.float32)
            return means

    shown = np.random.default_rng(0).integers(0, 255, (2, VIEWS, 8, 8, 3)).astype(np.uint8)
    assert infer_posters(Means(), shown) == pytest.approx(shown.mean(axis=(1, 2, 3)), rel=1e-5)
