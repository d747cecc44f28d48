"""Scores moved to the library: matched to its own trailers, and at whose shares of the genres."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bson.binary import Binary, BinaryVectorDtype

from classifier.manifest import PlacedOn
from classifier.model import GenreModel
from classifier.prediction import GenrePrediction
from classifier.verdict import log_odds
from db.queue.job_records import Inputs
from db.records import PLACEMENT, ModelRecord, TrailerLabels
from tests.support.homes import Command, Home
from tests.support.models import DIM, GENRES, make_model, put_to_use
from worker.errors import SettingsError
from worker.inference import placements
from worker.predicting.planning import PlannedPrediction, plan_predictions
from worker.predicting.plots import plot_basis
from worker.predicting.posters import poster_basis
from worker.predicting.prediction import predict
from worker.runtime import Runtime
from worker.settings import read_settings
from worker.shares import read_shares

N = 6  # in the place of a hundred


def make_placed(features_id: str) -> GenreModel:
    """Return a model of trailers that was placed where each genre's log-odds have mean -1 and spread 0.5."""
    model = make_model(features_id, name="placed", modality="trailer", scale=0.01)
    placed_on = PlacedOn("drawn", 60, 30, "2" * 64, (-1.0,) * len(GENRES), (0.5,) * len(GENRES))
    return replace(model, manifest=replace(model.manifest, placed_on=placed_on))


@pytest.fixture
def runtime(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """A library of N trailers and a model in use that was placed; estimates are looked for each time."""
    for name, value in (("FEWEST", N), ("FEWEST_TAGGED", N), ("FRESH_S", -1.0)):
        monkeypatch.setattr(placements, name, value)
    put_to_use(home.store, make_placed(home.features_id))
    add(home, N)
    with open_runtime(home) as runtime:
        yield runtime


def open_runtime(home: Home, **settings: str) -> Runtime:
    own = {"TRAILERS_HOME": str(home.folder), "TRAILERS_WEIGHTS": str(home.weights)}
    return Runtime(read_settings({**own, "TRAILERS_BACKBONE": "inception_v3", **settings}))


def add(home: Home, n: int, *, first: int = 0, labels: TrailerLabels | None = None) -> None:
    for number in range(first, first + n):
        home.add(name(number), labels=labels)


def name(number: int) -> str:
    return f"file:{number:016d}"


def plan(runtime: Runtime, home: Home, number: int = 0) -> PlannedPrediction:
    (planned,) = plan_predictions(runtime, [(name(number), Inputs())], features_id=home.features_id)
    return planned


def make_prediction(runtime: Runtime, home: Home, number: int = 0) -> GenrePrediction:
    features = home.store.features.load(name(number), home.features_id)
    assert features is not None
    return predict(runtime, plan(runtime, home, number), features)


def odds(prediction: GenrePrediction) -> np.ndarray:
    scores = {row.genre: row.score for row in prediction.genres}
    return log_odds(np.array([scores[genre] for genre in GENRES]))


def record_of(runtime: Runtime, home: Home) -> ModelRecord:
    return runtime.model_record(home.features_id)


def test_the_log_odds_of_the_library_s_trailers_get_mean_and_spread_of_those_that_placed_the_model(
    runtime: Runtime, home: Home
) -> None:
    found = np.stack([odds(make_prediction(runtime, home, number)) for number in range(N)])
    np.testing.assert_allclose(found.mean(axis=0), -1, atol=1e-4)
    np.testing.assert_allclose(found.std(axis=0), 0.5, atol=1e-4)


def test_a_prediction_says_how_it_was_placed_and_keeps_the_id_of_its_model(runtime: Runtime, home: Home) -> None:
    made = make_prediction(runtime, home)
    stored = home.store.predictions.latest(name(0))
    assert stored is not None
    assert stored.placement == made.placement
    assert made.placement is not None
    assert (made.placement.n, made.placement.priors) == (N, "films")
    assert made.model_id == record_of(runtime, home).model_id
    seconds = log_odds(np.array(made.timeline["Action"]))
    assert seconds.mean() == pytest.approx(odds(made)[0], abs=1e-4)


def test_commands_say_how_scores_were_placed(runtime: Runtime, home: Home, run: Command) -> None:
    make_prediction(runtime, home)
    assert f"Scores: matched to {N} trailers of this library" in run("show", name(0))[1]
    assert f"scores matched to those of {N} trailers" in run("models", "show", "placed")[1]


def test_too_few_trailers_or_the_setting_leave_scores_as_the_model_says(home: Home, runtime: Runtime) -> None:
    with open_runtime(home, TRAILERS_PLACEMENT="off") as off:
        assert make_prediction(off, home).placement is None
        assert PLACEMENT not in plan(off, home).basis.inputs
    placements.FEWEST = N + 1  # the fixture's monkeypatch puts it back
    assert make_prediction(runtime, home).placement is None


def test_a_library_grown_by_a_quarter_is_estimated_again_and_its_predictions_are_stale(
    runtime: Runtime, home: Home
) -> None:
    before = make_prediction(runtime, home)
    add(home, 1, first=N)
    assert plan(runtime, home).stored  # a sixth more
    add(home, 1, first=N + 1)
    assert not plan(runtime, home).stored
    after = make_prediction(runtime, home)
    assert after.placement is not None
    assert after.placement.n == N + 2
    assert (odds(before) != odds(after)).all()
    assert plan(runtime, home).stored


def test_of_two_processes_that_estimate_at_once_the_first_counts_for_both(runtime: Runtime, home: Home) -> None:
    plan(runtime, home)
    kept = home.store.placements.load(record_of(runtime, home).model_id, home.features_id)
    assert kept is not None
    late = replace(kept, n=99)
    assert home.store.placements.save(late, before=None) == kept
    assert home.store.placements.save(late, before=replace(kept, made_at=kept.made_at.replace(year=2000))) == kept
    assert home.store.placements.save(late, before=kept) == late


def test_a_trailer_whose_features_are_not_finite_spoils_no_other_s_prediction(runtime: Runtime, home: Home) -> None:
    add(home, 1, first=N)
    broken = Binary.from_vector([float("nan")] * DIM, BinaryVectorDtype.FLOAT32)
    features = home.store._access.database["features"]
    features.update_one({"_id": f"{name(N)}/{home.features_id}"}, {"$set": {"pooled": broken}})
    found = np.stack([odds(make_prediction(runtime, home, number)) for number in range(N)])
    np.testing.assert_allclose(found.mean(axis=0), -1, atol=1e-4)


def test_a_model_that_has_learnt_from_trailers_is_not_matched(runtime: Runtime, home: Home) -> None:
    put_to_use(home.store, make_model(home.features_id, name="learnt", modality="trailer"))
    assert make_prediction(runtime, home).placement is None
    assert home.documents("placements") == {}


def test_scores_move_to_the_shares_of_a_file_in_every_prediction(home: Home, runtime: Runtime, tmp_path: Path) -> None:
    file = tmp_path / "shares.csv"
    file.write_text("genre,share\nDrama,0.5\nsci fi,0.2\n")
    with open_runtime(home, TRAILERS_PLACEMENT="off") as plain:
        before = odds(make_prediction(plain, home))
    with open_runtime(home, TRAILERS_PLACEMENT="off", TRAILERS_PRIORS=str(file)) as moved:
        after = make_prediction(moved, home)
        record = record_of(moved, home)
        assert set(poster_basis(moved, record, "0" * 64).inputs) == {"poster", PLACEMENT}
        assert set(plot_basis(moved, record, "0" * 64).inputs) == {"plot", PLACEMENT}
    gained = dict(zip(GENRES, odds(after) - before, strict=True))
    assert gained["Drama"] == pytest.approx(np.log(3))  # from 0.25 to 0.5
    assert gained["Horror"] == pytest.approx(0)
    assert after.placement is not None
    assert (after.placement.n, after.placement.priors) == (0, "file")


def test_the_library_s_own_tags_give_the_shares_once_there_are_enough_of_them(home: Home, runtime: Runtime) -> None:
    with open_runtime(home, TRAILERS_PRIORS="library") as library:
        untagged = make_prediction(library, home)
        add(home, N, first=100, labels=TrailerLabels(("Horror",), "house", known=GENRES))
        tagged = make_prediction(library, home)
    assert untagged.placement is not None
    assert tagged.placement is not None
    assert (untagged.placement.priors, tagged.placement.priors) == ("films", "library")
    (shares,) = [each for key, each in home.documents("placements").items() if key.endswith("/shares")]
    horror = (N + 20 * 0.25) / (N + 20)
    assert shares["values"]["shares"][GENRES.index("Horror")] == pytest.approx(horror)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("genre,share\nDrama,1.5\n", "line 2 has the share '1.5'; give a number above 0 and below 1"),
        ("genre,share\nDramedy,0.5\n", "line 2 has 'Dramedy' for a genre"),
        ("genre,share\nDrama,0.5\nDrama,0.4\n", "line 3 names Drama again"),
        ("", "has no row"),
        ("genre,share\n", "has no row"),
        ("Drama,0.5\n", "first line is 'Drama,0.5', not genre,share"),
    ],
)
def test_a_file_of_shares_that_is_not_valid_is_refused_at_start(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "shares.csv"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"TRAILERS_PRIORS names '.*shares\.csv'") as caught:
        read_settings({"TRAILERS_HOME": str(tmp_path), "TRAILERS_PRIORS": str(file)})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "text", ["Genre,Share\r\nDrama,0.5\r\n", "genre\tshare\nDrama\t0.5\n\n", "\ufeffGENRE;n;Share\nDrama;1;0,5\n"]
)
def test_shares_are_read_from_a_table_as_spreadsheets_write_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "shares.csv").write_text(text, encoding="utf-8", newline="")
    assert read_shares(tmp_path / "shares.csv") == {"Drama": 0.5}


def test_a_word_that_is_no_setting_of_priors_is_told_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="give films, library or a file"):
        read_settings({"TRAILERS_HOME": str(tmp_path), "TRAILERS_PRIORS": "filmz"})
