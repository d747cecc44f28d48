"""Plans: a request's inputs go before the stored ones; what can't be used is said."""

from dataclasses import replace
from hashlib import sha256

import pytest

from db.queue.job_records import Inputs
from db.records import KeptPoster, ModelRecord, PredictionBasis
from tests.support.homes import Home
from tests.support.models import make_joined_model, make_model, put_to_use
from worker.predicting.planning import PlannedPrediction, plan_predictions
from worker.runtime import Runtime

TRAILER = "youtube:AAAAAAAAAAA"
POSTER, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def home(home: Home) -> Home:
    """A home with one trailer, whose uploader wrote something, and two kept posters."""
    home.add(TRAILER)
    describe(home, "Watch the ghost! http://x.example")
    for digest in (POSTER, OTHER):
        home.store.posters.save(KeptPoster(digest, b"picture", 2, 3))
    return home


def describe(home: Home, text: str) -> None:
    change = {"$set": {"source.description": text}}
    home.store._access.database["trailers"].update_one({"_id": TRAILER}, change)


def plan(runtime: Runtime, inputs: Inputs | None = None, trailer_id: str = TRAILER) -> PlannedPrediction:
    (planned,) = plan_predictions(runtime, [(trailer_id, inputs or Inputs())], features_id=runtime.known_features_id())
    return planned


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_what_is_given_goes_before_what_is_stored(home: Home, runtime: Runtime) -> None:
    home.store.trailers.add_inputs(TRAILER, Inputs(plot="an old plot", poster_sha256=POSTER))
    assert plan(runtime).digests == {"poster": POSTER, "plot": digest("an old plot")}
    assert plan(runtime).requested == frozenset()
    given = plan(runtime, Inputs(plot="a new one", poster_sha256=OTHER))
    assert given.digests == {"poster": OTHER, "plot": digest("a new one")}
    assert given.requested == {"poster", "plot"}
    assert plan(runtime, Inputs(plot="a new one")).digests == {"poster": POSTER, "plot": digest("a new one")}


def test_a_description_is_looked_at_only_when_it_is_asked_for_and_there_is_no_plot(
    home: Home, runtime: Runtime
) -> None:
    asked = Inputs(plot_from_description=True)
    assert plan(runtime).names == ("trailer",)
    assert plan(runtime, asked).digests == {"description": digest("Watch the ghost! http://x.example")}
    home.store.trailers.add_inputs(TRAILER, Inputs(plot="a real plot"))
    assert plan(runtime, asked).names == ("trailer", "plot")


def test_a_description_without_words_is_left_out_and_that_is_said(home: Home, runtime: Runtime) -> None:
    describe(home, "*** !!! ***")
    planned = plan(runtime, Inputs(plot_from_description=True))
    assert planned.names == ("trailer",)
    assert planned.unusable[0].startswith("The description was not looked at (bad_plot): the plot has no words")


def test_the_description_of_a_trailer_that_nobody_has_seen_is_awaited(home: Home, runtime: Runtime) -> None:
    planned = plan(runtime, Inputs(plot_from_description=True), "youtube:BBBBBBBBBBB")
    assert planned.digests == {"description": ""}
    assert planned.unusable == ()


@pytest.mark.parametrize("damaged", [True, False])
def test_a_poster_that_is_not_kept_or_damaged_is_left_out_and_that_is_said(
    home: Home, runtime: Runtime, damaged: bool
) -> None:
    home.store.trailers.add_inputs(TRAILER, Inputs(poster_sha256=POSTER if damaged else "ef" * 32))
    home.store.posters.mark_damaged(POSTER, "a bit fell over")
    assert plan(runtime).names == ("trailer",)
    assert "isn't kept, or is damaged" in plan(runtime).unusable[0]


def test_a_stored_plot_that_cannot_be_read_is_left_out(home: Home, runtime: Runtime) -> None:
    home.store.trailers.add_inputs(TRAILER, Inputs(plot="?!"))
    assert plan(runtime).names == ("trailer",)
    assert "The plot was not looked at (bad_plot)" in plan(runtime).unusable[0]


def test_a_prediction_rests_on_what_its_model_can_look_at_and_on_nothing_else(home: Home, runtime: Runtime) -> None:
    everything = plan(runtime, Inputs(plot="the ghost", poster_sha256=POSTER))
    joined, posters, trailers = (
        register_at(home, make_joined_model(home.features_id)),
        register_at(home, make_model(home.features_id)),
        register_at(home, make_model(home.features_id, modality="trailer", seed=1)),
    )
    plot = digest("the ghost")
    features = home.features_id
    assert replace(everything, model=joined).basis == PredictionBasis(
        joined.model_id, features, ("trailer", "poster", "plot"), {"poster": POSTER, "plot": plot}
    )
    assert replace(everything, model=posters).basis == PredictionBasis(
        posters.model_id, features, ("trailer", "poster"), {"poster": POSTER}
    )
    assert replace(everything, model=trailers).basis == PredictionBasis(trailers.model_id, features, ("trailer",), {})


def register_at(home: Home, model: object) -> ModelRecord:
    return put_to_use(home.store, model)  # type: ignore[arg-type]
