"""Identities: what customers call a trailer, kept through whatever else is written, and what follows from it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from db.identities import Identities
from db.identity import (
    MAX_IDS,
    IdentityEdit,
    check_metadata,
    check_text,
    check_year,
    clean_file_name,
    film_id_of,
    shown_title,
    to_key,
)
from db.library_records import LibraryQuery, LibraryTrailer, Order
from db.queue.job_records import Inputs
from db.records import Source, Trailer, TrailerLabels, VideoRecord
from db.store import Store

VIDEO = VideoRecord(30.0, 640, 360, 24.0, "h264", 1000, "0" * 64)
FILE, LINK, OTHER = "file:0123456789abcdef", "youtube:aaaaaaaaaaa", "youtube:bbbbbbbbbbb"


def add(store: Store, trailer_id: str, title: str | None) -> None:
    site, _, video_id = trailer_id.partition(":")
    store.trailers.save(Trailer(trailer_id, Source("https://x", site, video_id, title), VIDEO))


def get(store: Store, trailer_id: str = FILE) -> LibraryTrailer:
    trailer = store.library.get(trailer_id)
    assert trailer is not None
    return trailer


def found(store: Store, wanted: LibraryQuery) -> list[str]:
    return [trailer.trailer_id for trailer in store.library.find(wanted, limit=10).trailers]


@pytest.fixture
def three(store: Store) -> Store:
    add(store, FILE, "WB-0001_official_trailer_1080p.mp4")
    add(store, LINK, "Heat | Official Trailer")
    add(store, OTHER, None)
    return store


def test_an_identity_is_stored_and_outlives_the_next_decoding(three: Store) -> None:
    given = Inputs(
        external_ids=("WB-0001",),
        title="Heat",
        year=1995,
        imdb_id="tt0113277",
        film="F-17",
        franchise="Mann",
        metadata={"territory": "DE", "rating": 16, "seen": True},
    )
    three.trailers.add_inputs(FILE, given)
    add(three, FILE, "WB-0001_official_trailer_1080p.mp4")
    trailer = get(three)
    assert (trailer.external_id, trailer.title, trailer.year, trailer.film) == ("WB-0001", "Heat", 1995, "F-17")
    assert (trailer.labels.imdb_id, trailer.franchise, trailer.film_id) == ("tt0113277", "Mann", "F-17")
    assert trailer.metadata == {"territory": "DE", "rating": 16, "seen": True}
    three.trailers.add_inputs(FILE, Inputs(plot="A cop and a robber."))
    assert get(three).title == "Heat"


def test_later_ids_come_beside_the_earlier_ones_and_the_last_counts(three: Store) -> None:
    for number in (1, 2, 1):
        three.trailers.add_inputs(FILE, Inputs(external_ids=(f"WB-{number}",)))
    assert (get(three).external_id, get(three).external_ids) == ("WB-1", ("WB-2", "WB-1"))
    assert three.identities.find(["WB-2", "WB-1", "WB-3"]) == {"WB-2": [FILE], "WB-1": [FILE]}
    three.trailers.add_inputs(FILE, Inputs(external_ids=tuple(f"N-{number}" for number in range(99))))
    assert len(get(three).external_ids) == MAX_IDS


@pytest.mark.parametrize(
    ("known", "film_id"),
    [
        ({"film": "F-1", "imdb_id": "tt0113277", "external_id": "WB-1", "title": "Heat", "year": 1995}, "F-1"),
        ({"imdb_id": "tt0113277", "external_id": "WB-1", "title": "Heat", "year": 1995}, "tt0113277"),
        ({"external_id": "WB-1", "title": "Heat", "year": 1995}, "WB-1"),
        ({"title": "  The Étoile: Heat!", "year": 1995}, "the etoile heat (1995)"),
        ({"title": "Heat"}, None),
        ({"title": "!!!", "year": 1995}, None),
        ({}, None),
    ],
)
def test_a_film_is_named_by_the_strongest_of_its_ids(known: dict[str, object], film_id: str | None) -> None:
    every = {"film": None, "imdb_id": None, "external_id": None, "title": None, "year": None}
    assert film_id_of(**{**every, **known}) == film_id  # type: ignore[arg-type]


def test_an_edit_changes_what_it_names_and_clears_what_it_says(three: Store) -> None:
    three.trailers.add_inputs(FILE, Inputs(external_ids=("A",), title="Heat", year=1995, metadata={"a": 1, "b": 2}))
    edit = IdentityEdit(year=1996, metadata={"c": "3"}, unset=("a",), cleared=frozenset({"title", "external_id"}))
    assert three.identities.edit(FILE, edit)
    trailer = get(three)
    assert (trailer.title, trailer.year, trailer.external_ids, trailer.film_id) == (None, 1996, (), None)
    assert trailer.metadata == {"b": 2, "c": "3"}
    assert three.identities.edit(FILE, IdentityEdit(imdb_id="tt0113277", cleared=frozenset({"metadata"})))
    assert (get(three).film_id, get(three).metadata) == ("tt0113277", {})
    assert three.identities.edit(FILE, IdentityEdit(cleared=frozenset({"imdb_id"})))
    assert (get(three).film_id, get(three).labels.imdb_id) == (None, None)


def test_edits_of_many_people_at_once_are_all_kept(three: Store) -> None:
    edits = [IdentityEdit(metadata={f"k{number}": number}) for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(lambda edit: three.identities.edit(FILE, edit), edits))
    assert get(three).metadata == {f"k{number}": number for number in range(12)}


def test_an_edit_that_changes_nothing_writes_nothing(three: Store) -> None:
    three.trailers.add_inputs(FILE, Inputs(title="Heat"))
    before = get(three).updated_at
    assert three.identities.edit(FILE, IdentityEdit(title="Heat", unset=("nothing",)))
    assert get(three).updated_at == before


def test_too_much_metadata_is_refused_by_an_edit_and_makes_room_in_a_list(three: Store) -> None:
    three.trailers.add_inputs(FILE, Inputs(metadata={f"k{number}": "x" for number in range(50)}))
    with pytest.raises(ValueError, match="at most 50 keys"):
        three.identities.edit(FILE, IdentityEdit(metadata={"new": "x"}))
    three.trailers.add_inputs(FILE, Inputs(metadata={"new": "x", "k1": "y"}))
    metadata = get(three).metadata
    assert (len(metadata), metadata["new"], metadata["k1"], "k0" in metadata) == (50, "x", "y", False)


def test_trailers_are_found_by_ids_film_and_words(three: Store) -> None:
    three.trailers.add_inputs(FILE, Inputs(external_ids=("WB-0001",), franchise="Étoile", film="F-1"))
    three.trailers.add_inputs(LINK, Inputs(external_ids=("WB-0002", "WB-0003"), film="F-1"))
    assert found(three, LibraryQuery(external_id="WB-0002")) == [LINK]
    assert found(three, LibraryQuery(film_id="F-1")) == [LINK, FILE]
    assert found(three, LibraryQuery(text="wb-0003")) == [LINK]
    assert found(three, LibraryQuery(text="etoi f-1")) == [FILE]
    assert found(three, LibraryQuery(external_id="WB")) == found(three, LibraryQuery(film_id="$ne")) == []


def test_trailers_are_sorted_by_title_and_year_with_those_that_have_none(three: Store) -> None:
    three.trailers.add_inputs(FILE, Inputs(title="The End", year=1995))
    three.trailers.add_inputs(LINK, Inputs(year=2001))
    wanted: dict[Order, list[str]] = {"title": [OTHER, LINK, FILE], "year": [LINK, FILE, OTHER]}
    for order, expected in wanted.items():
        seen, place = [], None
        while True:
            page = three.library.find(LibraryQuery(order=order), limit=1, after=place)
            seen += [trailer.trailer_id for trailer in page.trailers]
            if (place := page.next) is None:
                break
        assert seen == expected, order


def test_documents_of_an_older_program_get_what_follows_batch_by_batch(
    three: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = three._access.database
    monkeypatch.setattr("db.identities.CHUNK", 2)
    three.labels.update({LINK: TrailerLabels(("Crime",), "imdb", "tt0113277")})
    plain["trailers"].update_many({}, {"$unset": {"order": "", "film_id": "", "words.identity": ""}})
    times = {each["_id"]: each["updated_at"] for each in plain["trailers"].find()}
    for _ in range(2):
        three.identities.update_missing()
        documents = {each["_id"]: each for each in plain["trailers"].find()}
        assert {name: each["order"]["title"] for name, each in documents.items()} == {
            FILE: "wb 0001",
            LINK: "heat official trailer",
            OTHER: "",
        }
        assert documents[LINK]["film_id"] == "tt0113277"
        assert {name: each["updated_at"] for name, each in documents.items()} == times


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("WB-0001_official_trailer_1080p.mp4", "WB-0001"),
        ("WB-0016_trailer.mp4", "WB-0016"),
        ("Iron.Man.2.Official.Trailer.1080p.x264.mkv", "Iron Man 2"),
        ("The Quiet Below - Official Trailer (HD).mov", "The Quiet Below"),
        ("Final.Destination.mp4", "Final Destination"),
        ("clip.mp4", "clip"),
        ("trailer.mp4", "trailer"),
        ("1080p.mp4", "1080p"),
        (".mp4", "mp4"),
        ("1917.mp4", "1917"),
        ("東京物語_予告.mp4", "東京物語"),
        ("Heat_(1995)_v2_ProRes.mov", "Heat (1995)"),
    ],
)
def test_a_files_name_is_cleaned_for_show_and_never_to_nothing(name: str, title: str) -> None:
    assert clean_file_name(name) == title
    assert shown_title(None, Source(name, "file", "x", name)) == title


def test_a_customers_title_goes_before_the_sites_which_stays_as_it_is() -> None:
    source = Source("x", "youtube", "y", "Heat_official_trailer.mp4")
    assert (shown_title("Heat", source), shown_title(None, source)) == ("Heat", "Heat_official_trailer.mp4")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("title", " "),
        ("title", "a\x00b"),
        ("film", "a\nb"),
        ("external_id", "x" * 201),
        ("imdb_id", "tt12"),
        ("franchise", "\ud800"),
    ],
)
def test_a_text_that_a_field_cannot_hold_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name if name != "imdb_id" else "IMDb id"):
        check_text(name, text)
    with pytest.raises(ValueError, match="1870 to 2100"):
        check_year(1869)


@pytest.mark.parametrize(
    "metadata", [{"$gt": 1}, {"a.b": 1}, {"": 1}, {"a\x00": 1}, {"a": 2**63}, {"a": float("nan")}, {"a": "x" * 9000}]
)
def test_metadata_that_would_do_harm_is_refused(metadata: dict[str, str | int | float | bool]) -> None:
    with pytest.raises(ValueError, match=r"key|metadata|value"):
        check_metadata(metadata)
    assert check_metadata({to_key("$Release No.\n"): "x"}) == {"_Release No_": "x"}


def test_an_identity_of_operators_is_a_text_like_any_other(three: Store) -> None:
    evil = Inputs(external_ids=("$where",), title="$$ROOT", film='{"$ne": null}', franchise="$source")
    three.trailers.add_inputs(FILE, evil)
    trailer = get(three)
    assert (trailer.external_id, trailer.title, trailer.film_id) == ("$where", "$$ROOT", '{"$ne": null}')
    assert found(three, LibraryQuery(external_id="$where")) == [FILE]
    assert Identities(three._access).read([FILE])[FILE].franchise == "$source"
