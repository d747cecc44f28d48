from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect

from classifier.prediction import GenrePrediction, GenreScore
from db.errors import StoreUnavailable
from db.labelling import labels
from db.labelling.layers import Layer, Layers, add_layer
from db.library_records import Decision, LibraryQuery, NewReview, Order, ReviewQuery
from db.migrations import m0002_search
from db.queue.job_records import Inputs
from db.records import LabelUpdate, Source, Trailer, TrailerLabels, VideoRecord
from db.store import Store
from db.words import MAX_ASKED, find_search_words, find_words
from web.reviews import save_review

VIDEO = VideoRecord(30.0, 640, 360, 24.0, "h264", 1000, "0" * 64)
DRAMA, HORROR, COMEDY = "youtube:aaaaaaaaaaa", "youtube:bbbbbbbbbbb", "youtube:ccccccccccc"


def verdict(**scores: float) -> GenrePrediction:
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    genres = [GenreScore(genre, score, 0.5, score >= 0.5, rank) for rank, (genre, score) in enumerate(ranked, start=1)]
    return GenrePrediction("m" * 64, "features", tuple(genres), (), {})


def add(store: Store, trailer_id: str, title: str, *, genres: tuple[str, ...] = (), **scores: float) -> None:
    site, _, video_id = trailer_id.partition(":")
    store.trailers.save(Trailer(trailer_id, Source("https://x", site, video_id, title, "Studio Ghibli"), VIDEO))
    if genres:
        store.labels.update({trailer_id: TrailerLabels(genres)})
    if scores:
        store.predictions.save(trailer_id, verdict(**scores))


def found(store: Store, wanted: LibraryQuery) -> list[str]:
    page = store.library.find(wanted, limit=100)
    assert page.next is None
    assert store.library.count(wanted) == len(page.trailers)
    return [trailer.trailer_id for trailer in page.trailers]


def decide(store: Store, decisions: Mapping[str, Decision]) -> None:
    trailer = store.library.get(HORROR)
    assert trailer is not None
    save_review(store, trailer, decisions, reviewer="anna", note=None)


@pytest.fixture
def three(store: Store) -> Store:
    add(store, DRAMA, "Amélie au café", genres=("Drama",), Drama=0.9, Horror=0.1)
    add(store, HORROR, "The Cabin (official trailer)", genres=("Comedy",), Horror=0.8, Drama=0.6, Comedy=0.05)
    add(store, COMEDY, "Naïve <script>alert(1)</script>", Comedy=0.7, Drama=0.2)
    return store


def test_trailers_are_found_by_the_genres_that_passed(three: Store) -> None:
    assert found(three, LibraryQuery(genres=("Drama",))) == [HORROR, DRAMA]
    assert found(three, LibraryQuery(genres=("Drama", "Horror"))) == [HORROR]
    assert found(three, LibraryQuery(genres=("Western",))) == []


def test_trailers_are_found_by_a_band_of_scores_and_ordered_by_it(three: Store) -> None:
    assert found(three, LibraryQuery(genres=("Drama",), min_score=0.1, max_score=0.7, order="score")) == [
        HORROR,
        COMEDY,
    ]
    assert found(three, LibraryQuery(genres=("Drama",), order="score")) == [DRAMA, HORROR]
    with pytest.raises(ValueError, match="genre"):
        three.library.find(LibraryQuery(order="score"), limit=1)


@pytest.mark.parametrize("text", ["amelie", "CAFÉ ame", "aaaaaaaaaaa ghibli", "Studio Amé"])
def test_words_are_found_by_their_beginnings_without_case_and_accents(three: Store, text: str) -> None:
    found = three.library.find(LibraryQuery(text=text), limit=10).trailers
    assert [trailer.trailer_id for trailer in found] == [DRAMA]


@pytest.mark.parametrize("text", ["melie", ".*", "^mel", "$where: 1", "amelie cabin"])
def test_what_begins_no_words_of_a_trailer_finds_nothing(three: Store, text: str) -> None:
    assert found(three, LibraryQuery(text=text)) == []


def test_a_plot_is_searched_too(three: Store) -> None:
    three.trailers.add_inputs(COMEDY, Inputs(plot="An orphan befriends a dragon."))
    assert found(three, LibraryQuery(text="orph drag")) == [COMEDY]


def test_pages_follow_one_another_without_gap_or_repetition_in_each_order(store: Store) -> None:
    ids = [f"youtube:{number:011}" for number in range(25)]
    for number, trailer_id in enumerate(ids):
        add(store, trailer_id, "x", genres=("Horror",), Drama=0.5 + (number % 4) / 10, Horror=0.4 - (number % 3) / 10)
    orders: tuple[Order, ...] = ("newest", "score", "disagreement")
    for order in orders:
        wanted, seen, place = LibraryQuery(genres=("Drama",), order=order), [], None
        while True:
            page = store.library.find(wanted, limit=4, after=place)
            seen += [trailer.trailer_id for trailer in page.trailers]
            if (place := page.next) is None:
                break
        assert sorted(seen) == ids, order
    assert seen[0] in {ids[number] for number in range(2, 25, 3)}


def test_time_bounds_hold(three: Store) -> None:
    now = datetime.now(UTC)
    assert len(found(three, LibraryQuery(since=now - timedelta(minutes=1)))) == 3
    assert found(three, LibraryQuery(until=now - timedelta(minutes=1))) == []


def test_labels_that_differ_from_the_verdict_are_disputed(three: Store) -> None:
    trailers = three.library.get_all([DRAMA, HORROR, COMEDY])
    verdicts = {trailer_id: trailer.verdict for trailer_id, trailer in trailers.items() if trailer.verdict}
    assert verdicts[HORROR].disagreement == pytest.approx(0.95)
    assert verdicts[HORROR].disputed == ("Comedy", "Horror", "Drama")
    assert [verdicts[each].disagreement for each in (DRAMA, COMEDY)] == [0, 0]
    assert found(three, LibraryQuery(disputed=True)) == [HORROR]
    assert found(three, LibraryQuery(order="disagreement"))[0] == HORROR


def test_genres_that_the_labels_could_not_name_are_not_disputed(store: Store) -> None:
    add(store, DRAMA, "x", Drama=0.9, Horror=0.8)
    store.labels.update({DRAMA: TrailerLabels(("Drama",), known=("Drama", "Comedy"))})
    trailer = store.library.get(DRAMA)
    assert trailer is not None
    assert trailer.verdict is not None
    assert trailer.verdict.disputed == ()


def test_a_new_verdict_takes_the_place_of_the_older_and_labels_may_come_later(store: Store) -> None:
    add(store, DRAMA, "x", Drama=0.9)
    newer = verdict(Drama=0.2, Horror=0.7)
    store.predictions.save(DRAMA, GenrePrediction("n" * 64, "features", newer.genres, (), {}))
    store.trailers.add_inputs(DRAMA, Inputs(genres=("Drama",)))
    trailer = store.library.get(DRAMA)
    assert trailer is not None
    assert trailer.verdict is not None
    assert (trailer.verdict.model_id, trailer.verdict.passed) == ("n" * 64, ("Horror",))
    assert trailer.verdict.disputed == ("Drama", "Horror")


def test_a_review_becomes_the_labels_and_is_kept(three: Store) -> None:
    before = TrailerLabels(("Comedy",), "other")
    known = ("Comedy", "Drama", "Horror")
    new = NewReview(
        HORROR, "m" * 64, {"Comedy": "reject", "Horror": "accept"}, ("Horror", "Drama"), known, before, "anna"
    )
    assert three.reviews.save(replace(new, labels_before=TrailerLabels(("War",)))) is None, "not its labels"
    kept = three.reviews.save(new)
    assert kept is not None
    trailer = three.library.get(HORROR)
    assert trailer is not None
    assert (trailer.labels.genres, trailer.labels.source) == (("Horror", "Drama"), "review")
    assert trailer.reviewed_at == kept.created_at
    assert trailer.verdict is not None
    assert trailer.verdict.disagreement == 0
    assert three.reviews.find(ReviewQuery(HORROR), limit=9) == (kept,)
    assert found(three, LibraryQuery(reviewed=True)) == [HORROR]


def test_a_review_is_stored_before_the_labels_that_follow_from_it(
    three: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise AutoReconnect

    monkeypatch.setattr(Collection, "bulk_write", crash)
    with pytest.raises(StoreUnavailable):
        decide(three, {"Horror": "add"})
    assert [review.genres for review in three.reviews.iterate(ReviewQuery(HORROR))] == [("Comedy", "Horror")]


def test_a_review_whose_saving_failed_is_never_in_effect(three: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(three, {"Horror": "add"})
    first, *_ = three.reviews.iterate(ReviewQuery(HORROR))
    decide(three, {"War": "add"})

    def crash(*_: object, **__: object) -> None:
        raise AutoReconnect

    with monkeypatch.context() as patch, pytest.raises(StoreUnavailable):
        patch.setattr(Collection, "bulk_write", crash)
        decide(three, {"Western": "add"})
    assert three.reviews.restore([first]) == (0, 0)
    assert labels_of(three) == ("Comedy", "Horror", "War")
    three.reviews.undo(HORROR, reviewer="anna")
    assert labels_of(three) == ("Comedy", "Horror")


def labels_of(store: Store) -> tuple[str, ...]:
    trailer = store.library.get(HORROR)
    assert trailer is not None
    return trailer.labels.genres


def test_a_review_saved_while_a_list_is_written_stays(three: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(three, {"Comedy": "reject", "Horror": "add"})

    def meanwhile(layers: Layers, new: Layer) -> Layers:
        monkeypatch.undo()
        decide(three, {"Horror": "reject", "Drama": "add", "War": "reject"})
        return add_layer(layers, new)

    monkeypatch.setattr(labels, "add_layer", meanwhile)
    assert three.labels.update({HORROR: TrailerLabels(("War",), "imdb")}) == LabelUpdate(1, 1, 1)
    trailer = three.library.get(HORROR)
    assert trailer is not None
    assert (trailer.labels.genres, trailer.labels.source) == (("Drama",), "review")
    assert trailer.reviewed_at is None, "the list came last"


def test_of_a_review_and_a_list_at_once_the_review_stays(three: Store) -> None:
    decisions: dict[str, Decision] = {"Horror": "accept", "War": "reject", "Drama": "reject"}
    for _ in range(30):
        three._access.database["trailers"].update_one({"_id": HORROR}, {"$unset": {"labels": "", "layers": ""}})
        with ThreadPoolExecutor(3) as pool:
            pool.submit(decide, three, decisions)
            pool.submit(three.labels.update, {HORROR: TrailerLabels(("War",), "imdb", known=("War",))})
            pool.submit(three.trailers.add_inputs, HORROR, Inputs(genres=("Drama",), label_source="list.csv"))
        trailer = three.library.get(HORROR)
        assert trailer is not None
        labels = trailer.labels
        assert (labels.genres, labels.source) == (("Horror",), "review")
        assert set(labels.known or ()) >= set(decisions)


def test_what_an_older_program_has_written_is_filled_in(three: Store) -> None:
    trailers = three._access.database["trailers"]
    trailers.update_many({}, {"$unset": {"words": "", "verdict": ""}})
    assert found(three, LibraryQuery(text="cabin")) == []
    m0002_search.migrate(three._access)
    assert found(three, LibraryQuery(text="cabin", genres=("Horror",))) == [HORROR]


def test_the_verdict_of_a_writer_that_died_in_between_is_settled_later(three: Store) -> None:
    three._access.database["trailers"].update_one({"_id": DRAMA}, {"$unset": {"verdict": ""}})
    three.verdicts.update([DRAMA, "youtube:notthereatal"])
    assert DRAMA in found(three, LibraryQuery(genres=("Drama",)))


def test_words_are_few_and_short(tmp_path: Path) -> None:
    assert find_words("Ünï-CODE ünï", None, "x" * 100) == ["uni", "code", "x" * 40]
    assert len(find_search_words(" ".join(map(str, range(100))))) == MAX_ASKED
