"""Kept posters: the same frame as the file's, written once whole, replaced when damaged."""

import io

import numpy as np
import pytest
from PIL import Image

from db.records import KeptPoster
from db.store import Store
from extractor.errors import BadPoster
from extractor.features import Provenance
from extractor.posters import read_poster, shrink

SHA256 = "ab" * 32
MADE_BY = Provenance("inception_v3", "00", "r1", "float32", {"keras": "3"})


def make_poster(
    width: int = 400, height: int = 600, *, seed: int = 0, orientation: int = 1, form: str = "JPEG"
) -> bytes:
    random = np.random.default_rng(seed)
    image = Image.fromarray(random.integers(0, 256, (30, 20, 3), dtype=np.uint8)).resize((400, 600))
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, form, exif=exif)
    return file.getvalue()


def kept(data: bytes) -> KeptPoster:
    picture = shrink(data)
    return KeptPoster(SHA256, picture.data, picture.width, picture.height)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_kept_picture_gives_the_very_frame_that_its_file_gives(store: Store, form: str) -> None:
    data = make_poster(form=form)
    store.posters.save(kept(data))
    picture = store.posters.picture(SHA256)
    assert picture is not None
    assert np.array_equal(read_poster(picture), read_poster(data))
    assert shrink(data) == shrink(data)
    assert len(picture) < 300_000  # 299 x 448 pixels of noise; real ones of this size take 143 kB


def test_its_shape_is_that_of_the_poster_upright() -> None:
    assert [(it.width, it.height) for it in (shrink(make_poster()), shrink(make_poster(orientation=6)))] == [
        (400, 600),
        (600, 400),
    ]


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(BadPoster, match="not a JPEG, PNG, WebP or AVIF"):
        shrink(b"no picture")


def test_a_picture_is_kept_once_and_a_damaged_one_replaced(store: Store) -> None:
    first, other = kept(make_poster()), kept(make_poster(seed=1))
    store.posters.save(first)
    store.posters.save(other)
    assert store.posters.picture(SHA256) == first.picture
    assert store.posters.find_usable([SHA256, "cd" * 32]) == {SHA256}
    store.posters.mark_damaged(SHA256, "the poster is damaged")
    assert store.posters.find_usable([SHA256]) == set()
    store.posters.save(other)
    assert store.posters.find_usable([SHA256]) == {SHA256}
    assert store.posters.picture(SHA256) == other.picture


def test_vectors_come_back_to_the_last_bit_and_those_of_other_weights_stay_apart(store: Store) -> None:
    vector = np.random.default_rng(0).gamma(0.5, 0.8, 2048).astype(np.float32)
    store.posters.save_vector(SHA256, "inception_v3-a-1-r1", vector, provenance=MADE_BY)
    found = store.posters.vector(SHA256, "inception_v3-a-1-r1")
    assert found is not None
    assert found.dtype == np.float32
    assert np.array_equal(found, vector)
    assert store.posters.has_vector(SHA256, "inception_v3-a-1-r1")
    assert store.posters.vector(SHA256, "inception_v3-b-1-r1") is None


def test_other_programs_read_them_as_documented(store: Store) -> None:
    store.posters.save(kept(make_poster()))
    store.posters.save_vector(SHA256, "f", np.ones(2048, dtype=np.float32), provenance=MADE_BY)
    database = store._access.database
    picture, vector = database["posters"].find_one(), database["poster_features"].find_one()
    assert picture is not None
    assert vector is not None
    assert (picture["_id"], picture["width"], picture["height"]) == (SHA256, 400, 600)
    assert picture["picture"][8:12] == b"WEBP"
    assert (vector["_id"], vector["poster_sha256"], vector["features_id"]) == (f"{SHA256}/f", SHA256, "f")
    assert len(vector["vector"].as_vector().data) == 2048
    assert vector["provenance"]["versions"] == {"keras": "3"}


def test_a_vector_that_is_not_finite_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="finite"):
        store.posters.save_vector(SHA256, "f", np.full(2048, np.nan, dtype=np.float32), provenance=MADE_BY)
