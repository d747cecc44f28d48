"""What a trailer is judged by: what is given, else what is known; what can't be used is said."""

from hashlib import sha256
from pathlib import Path

import pytest

from db.queue.job_records import Inputs
from db.records import KeptPoster, ModelRecord, PredictionBasis
from tests.support.homes import Home
from tests.support.models import make_joined_model, make_model
from worker.inference.registry import register
from worker.predicting.stored_inputs import AvailableInputs, look

TRAILER = "youtube:AAAAAAAAAAA"
POSTER, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def home(home: Home) -> Home:
    """A home with one trailer, whose uploader wrote something, and two kept posters."""
    home.add(TRAILER)
    describe(home, "Watch the ghost! http://x.example")
    for digest in (POSTER, OTHER):
        home.store.posters.keep(KeptPoster(digest, b"picture", 2, 3))
    return home


def describe(home: Home, text: str) -> None:
    change = {"$set": {"source.description": text}}
    home.store._access.database["trailers"].update_one({"_id": TRAILER}, change)


def hand(home: Home, given: Inputs | None = None, trailer_id: str = TRAILER) -> AvailableInputs:
    (at_hand,) = look(home.store, [(trailer_id, given or Inputs())])
    return at_hand


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_what_is_given_goes_before_what_is_known(home: Home) -> None:
    home.store.trailers.add_inputs(TRAILER, Inputs(plot="an old plot", poster_sha256=POSTER))
    assert hand(home).digests == {"poster": POSTER, "plot": digest("an old plot")}
    assert hand(home).asked == frozenset()
    given = hand(home, Inputs(plot="a new one", poster_sha256=OTHER))
    assert given.digests == {"poster": OTHER, "plot": digest("a new one")}
    assert given.asked == {"poster", "plot"}
    assert hand(home, Inputs(plot="a new one")).digests == {"poster": POSTER, "plot": digest("a new one")}


def test_a_description_is_looked_at_only_when_it_is_asked_for_and_there_is_no_plot(home: Home) -> None:
    asked = Inputs(plot_from_description=True)
    assert hand(home).names == ("trailer",)
    assert hand(home, asked).digests == {"description": digest("Watch the ghost! http://x.example")}
    home.store.trailers.add_inputs(TRAILER, Inputs(plot="a real plot"))
    assert hand(home, asked).names == ("trailer", "plot")


def test_a_description_without_words_is_left_out_and_that_is_said(home: Home) -> None:
    describe(home, "*** !!! ***")
    at_hand = hand(home, Inputs(plot_from_description=True))
    assert at_hand.names == ("trailer",)
    assert at_hand.warnings[0].startswith("The description was not looked at (bad_plot): the plot has no words")


def test_the_description_of_a_trailer_that_nobody_has_seen_is_awaited(home: Home) -> None:
    at_hand = hand(home, Inputs(plot_from_description=True), "youtube:BBBBBBBBBBB")
    assert at_hand.digests == {"description": ""}
    assert at_hand.warnings == ()


@pytest.mark.parametrize("damaged", [True, False])
def test_a_poster_that_is_not_kept_or_damaged_is_left_out_and_that_is_said(home: Home, damaged: bool) -> None:
    home.store.trailers.add_inputs(TRAILER, Inputs(poster_sha256=POSTER if damaged else "ef" * 32))
    home.store.posters.mark_damaged(POSTER, "a bit fell over")
    assert hand(home).names == ("trailer",)
    assert "isn't kept, or is damaged" in hand(home).warnings[0]


def test_a_stored_plot_that_cannot_be_read_is_left_out(home: Home) -> None:
    home.store.trailers.add_inputs(TRAILER, Inputs(plot="?!"))
    assert hand(home).names == ("trailer",)
    assert "The plot was not looked at (bad_plot)" in hand(home).warnings[0]


def test_a_verdict_rests_on_what_its_model_can_look_at_and_on_nothing_else(home: Home, tmp_path: Path) -> None:
    everything = hand(home, Inputs(plot="the ghost", poster_sha256=POSTER))
    joined, posters, trailers = (
        register_at(home, make_joined_model(home.features_id)),
        register_at(home, make_model(home.features_id)),
        register_at(home, make_model(home.features_id, modality="trailer", seed=1)),
    )
    plot = digest("the ghost")
    features = home.features_id
    assert everything.basis(joined) == PredictionBasis(
        joined.model_id, features, ("trailer", "poster", "plot"), {"poster": POSTER, "plot": plot}
    )
    assert everything.basis(posters) == PredictionBasis(
        posters.model_id, features, ("trailer", "poster"), {"poster": POSTER}
    )
    assert everything.basis(trailers) == PredictionBasis(trailers.model_id, features, ("trailer",), {})


def register_at(home: Home, model: object) -> ModelRecord:
    return register(home.store, model)  # type: ignore[arg-type]
