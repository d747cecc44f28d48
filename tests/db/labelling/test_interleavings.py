"""Any interleaving of lists, imports, reviews, undoing, re-runs and migrations, against a simple model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from classifier.genres import known_genres
from db.labelling.layers import ORDER
from db.library_records import Decision, LibraryTrailer, Review, ReviewQuery
from db.migrations.steps import migrate
from db.queue.job_records import Inputs
from db.records import Source, Trailer, VideoRecord
from db.store import Store
from tests.support.homes import empty
from web.errors import Refused
from web.reviews import save_review, undo_review
from worker.importers.label_import import LabelImport
from worker.lists.labels import Columns

IDS = ("youtube:aaaaaaaaaaa", "youtube:bbbbbbbbbbb")
VOCABULARY = ("Drama", "War", "Horror", "Film-Noir", "Biography")  # TMDB has no Film-Noir, MovieLens no Biography
SOURCES = ("house", "imdb", "tmdb", "movielens", "other")
WORD = "Mood piece"
N_EXAMPLES, N_STEPS = 30, 25
LAST_YEAR = datetime(2025, 1, 1, tzinfo=UTC)

trailer_ids, sources, people = st.sampled_from(IDS), st.sampled_from(SOURCES), st.sampled_from(("anna", "ben"))
tags = st.lists(st.sampled_from((*VOCABULARY, WORD)), min_size=1, max_size=3, unique=True)
lists = st.dictionaries(trailer_ids, tags, min_size=1)
choices = st.dictionaries(st.sampled_from(VOCABULARY), st.sampled_from(("accept", "reject")), max_size=2)


@dataclass
class ModelLayer:
    """What a source says of some genres, yes or no, since some step."""

    says: dict[str, bool]
    since: int

    @property
    def names(self) -> set[str]:
        return {genre for genre, yes in self.says.items() if yes}


@dataclass
class ModelTrailer:
    """The layers of a trailer, all that lists ever said, and its reviews as a stack."""

    lists: dict[str, ModelLayer] = field(default_factory=dict)
    given: dict[str, list[ModelLayer]] = field(default_factory=dict)
    reviews: list[ModelLayer] = field(default_factory=list)

    def tags(self) -> dict[str, bool]:
        """Return what is said of each genre by the first who says anything of it."""
        layers = [*self.reviews[-1:], *(self.lists[name] for name in ORDER if name in self.lists)]
        return {genre: yes for layer in reversed(layers) for genre, yes in layer.says.items()}

    def is_reviewed(self) -> bool:
        if not self.reviews:
            return False
        review = self.reviews[-1]
        return not any(layer.since > review.since and contradict(layer, review) for layer in self.lists.values())


def contradict(layer: ModelLayer, review: ModelLayer) -> bool:
    denied = {genre for genre, yes in layer.says.items() if not yes}
    return bool((layer.names - review.names - {WORD}) | (denied & review.names))


def says(source: str, genres: Iterable[str]) -> dict[str, bool]:
    """Return what a list of this source says: no to all genres of its vocabulary that it does not name."""
    vocabulary = known_genres(source)
    named = {genre for genre in genres if genre in vocabulary}
    words = dict.fromkeys(set(genres) - named, True)
    return words | {genre: genre in named for genre in vocabulary if named}


class Interleaving(RuleBasedStateMachine):
    def __init__(self, store: Store, folder: Path) -> None:
        super().__init__()
        empty(store)
        self.store, self.path = store, folder / "films.csv"
        self.model = {trailer_id: ModelTrailer() for trailer_id in IDS}
        self.reviews: dict[str, Review] = {}
        self.seen: dict[str, LibraryTrailer] = {}
        self.n = self.n_old = 0
        video = VideoRecord(30.0, 640, 360, 24.0, "h264", 1000, "0" * 64)
        for trailer_id in IDS:
            store.trailers.save(Trailer(trailer_id, Source("https://x", "youtube", trailer_id[8:], "x"), video))

    def told(self, trailer_id: str, source: str, genres: Iterable[str]) -> None:
        self.n += 1
        new = says(source, genres)
        given = self.model[trailer_id].given.setdefault(source, [])
        first = next((layer for layer in given if layer.says == new), ModelLayer(new, self.n))
        given.append(first)
        self.model[trailer_id].lists[source] = first

    def get(self, trailer_id: str) -> LibraryTrailer:
        trailer = self.store.library.get(trailer_id)
        assert trailer is not None
        return trailer

    @rule(trailer_id=trailer_ids, genres=tags, source=st.sampled_from(("house", "films.csv", "imdb")))
    def batch_row(self, trailer_id: str, genres: list[str], source: str) -> None:
        given = Inputs(genres=tuple(genres), label_source=source, label_list="films.csv", imdb_id="tt1")
        self.store.trailers.add_all_inputs([(trailer_id, given)])
        self.told(trailer_id, "house" if source == "films.csv" else source, genres)

    def run_list(self, source: str) -> dict[str, Any]:
        found = LabelImport(self.store, self.path, source=source, sites=("youtube",)).run(Columns(None, None, None))
        return found.document()

    @rule(source=sources, rows=lists)
    def import_list(self, source: str, rows: Mapping[str, list[str]]) -> None:
        text = "".join(f"{trailer_id},{'|'.join(genres)}\n" for trailer_id, genres in rows.items())
        self.path.write_text(f"trailer_id,genres\n{text}")
        self.run_list(source)
        for trailer_id, genres in rows.items():
            self.told(trailer_id, source, genres)
        before = [self.get(trailer_id) for trailer_id in IDS]
        assert self.run_list(source)["changed"] == 0
        assert [self.get(trailer_id) for trailer_id in IDS] == before, "the same list again changes nothing"

    @rule(trailer_id=trailer_ids)
    def open_page(self, trailer_id: str) -> None:
        self.seen[trailer_id] = self.get(trailer_id)

    @rule(trailer_id=trailer_ids, person=people, decisions=choices)
    def review(self, trailer_id: str, person: str, decisions: Mapping[str, Decision]) -> None:
        """Review a trailer as it was when its page was opened, perhaps long ago."""
        before = self.model[trailer_id].tags()
        trailer = self.seen.pop(trailer_id, None) or self.get(trailer_id)
        if not decisions:
            with pytest.raises(Refused):
                save_review(self.store, trailer, decisions, reviewer=person, note=None)
            return
        kept = save_review(self.store, trailer, decisions, reviewer=person, note=None)
        self.n += 1
        decided = before | {genre: decision != "reject" for genre, decision in decisions.items()}
        self.model[trailer_id].reviews.append(ModelLayer(decided, self.n))
        self.reviews[kept.review_id] = kept

    @rule(trailer_id=trailer_ids, genres=tags, person=people)
    def restore_an_old_review(self, trailer_id: str, genres: list[str], person: str) -> None:
        """Keep a review of last year, as an import does; those that were made since still count before it."""
        stack, named = self.model[trailer_id].reviews, tuple(genre for genre in genres if genre != WORD)
        self.n_old += 1
        time = LAST_YEAR + timedelta(minutes=self.n_old)
        old = Review(f"{self.n_old:024x}", trailer_id, None, {}, named, person, None, time, known=VOCABULARY)
        assert self.store.reviews.restore([old]) == (1, 0)
        assert self.store.reviews.restore([old]) == (0, 0), "it is there already"
        older = sum(not review.since for review in stack)
        stack.insert(older, ModelLayer({genre: genre in named for genre in VOCABULARY}, 0))
        self.reviews[old.review_id] = old

    @rule(trailer_id=trailer_ids, person=people)
    def undo(self, trailer_id: str, person: str) -> None:
        stack = self.model[trailer_id].reviews
        try:
            undone = undo_review(self.store, trailer_id, reviewer=person, review_id=None)
        except Refused:
            assert not stack
        else:
            stack.pop()
            assert undone.undoes in self.reviews

    @rule(version=st.integers(1, 3))
    def migrate_again(self, version: int) -> None:
        migrate(self.store._access, version=version)

    @precondition(lambda self: self.n > 0)
    @invariant()
    def all_is_as_the_model_says(self) -> None:
        stored: dict[str, Review] = {}
        for trailer_id, model in self.model.items():
            trailer = self.get(trailer_id)
            assert set(trailer.labels.genres) == {genre for genre, yes in model.tags().items() if yes}
            assert (trailer.reviewed_at is not None) == model.is_reviewed()
            found = list(self.store.reviews.iterate(ReviewQuery(trailer_id)))
            assert sum(not review.undone for review in found) == len(model.reviews)
            stored |= {review.review_id: review for review in found}
        assert stored.keys() == self.reviews.keys(), "every review is kept"
        for review_id, review in self.reviews.items():
            assert (stored[review_id].genres, stored[review_id].reviewer) == (review.genres, review.reviewer)


def test_any_interleaving_keeps_every_review_and_has_the_tags_of_a_simple_model(store: Store, tmp_path: Path) -> None:
    how = settings(max_examples=N_EXAMPLES, stateful_step_count=N_STEPS, deadline=None, derandomize=True)
    run_state_machine_as_test(lambda: Interleaving(store, tmp_path), settings=how)  # type: ignore[arg-type]
