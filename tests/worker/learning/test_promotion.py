"""Candidates and promotion as a user meets them: what may take another's place, what is refused, what is taken back."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.files import save_dataset
from classifier.data.training_films import TrainingFilms
from classifier.heads.linear import LogisticMean
from classifier.joins.base import Alone
from classifier.joins.kinds import describe_join
from classifier.model import GenreModel
from classifier.ragged import Ragged
from classifier.shipped import all_shipped, shipped_id
from db.records import TrailerLabels
from extractor.networks.starter import starter_weights
from tests.support.homes import Command, Home
from tests.support.models import DIM, GENRES, make_joined_model, make_manifest, make_model, put_to_use
from worker.inference.registry import SHIPS, register
from worker.learning.promotion import ENOUGH, FEWEST, Assessment, assess_use
from worker.runtime import Runtime
from worker.settings import read_settings

N = 80


def make_skilled(
    features_id: str,
    *,
    name: str,
    skill: float,
    genres: tuple[str, ...] = GENRES,
    seen: tuple[str, ...] = (),
    metrics: dict[str, float] | None = None,
) -> GenreModel:
    """Return a model of trailers: of each genre's own feature it makes more the greater its skill, 0 being chance."""
    coef = np.random.default_rng(7).normal(0, 0.01, (len(genres), DIM)).astype(np.float32)
    for row, genre in enumerate(genres):
        coef[row, GENRES.index(genre)] += skill
    head = LogisticMean.from_weights(coef=coef, intercept=np.zeros(len(genres), np.float32))
    manifest = make_manifest(features_id, name=name, modality="trailer", genres=genres)
    report = metrics or {"macro_ap": 0.5, "macro_ap_low": 0.4, "macro_ap_of_prior": 0.25}
    join = Alone({"trailer": head})
    return GenreModel(
        replace(manifest, head=describe_join(join)[0], metrics=report), join, TrainingFilms.from_groups(seen)
    )


def make_films(features_id: str, n: int = N) -> Dataset:
    """Return films of one frame each, of whose features the first tell the genres, with noise."""
    random = np.random.default_rng(1)
    labels = random.random((n, len(GENRES))) < 0.5
    vectors = random.normal(0, 0.6, (n, DIM)).astype(np.float32)
    vectors[:, : len(GENRES)] += labels
    return Dataset(
        X=Ragged.from_sequences(list(vectors[:, np.newaxis])),
        Y=labels,
        known=np.ones_like(labels),
        genres=GENRES,
        ids=tuple(f"film{number}" for number in range(n)),
        groups=tuple(f"film {number}" for number in range(n)),
        digests=("",) * n,
        features_id=features_id,
    )


@pytest.fixture
def films(home: Home, tmp_path: Path) -> Path:
    save_dataset(make_films(home.features_id), tmp_path / "films.npz")
    return tmp_path / "films.npz"


def in_use(home: Home) -> list[str]:
    return [record.name for record in home.store.models.in_use(home.features_id)]


def last_figures(home: Home) -> dict[str, float]:
    return dict(home.store.model_changes.list()[-1].figures)


def test_a_better_model_is_promoted_and_the_history_says_by_whom_why_and_by_how_much(
    run: Command, home: Home, films: Path
) -> None:
    put_to_use(home.store, make_skilled(home.features_id, name="old", skill=0.3))
    register(home.store, make_skilled(home.features_id, name="new", skill=3.0))
    status, out, err = run(
        *("models", "promote", "new", "--features", films, "--by", "Ann", "--why", "more films"),
    )
    assert status == 0, err
    assert "is better than old" in out
    assert f"on {N} films that are new to both" in out
    assert in_use(home) == ["new"]
    line = run("models", "history")[1].splitlines()[1]
    assert all(word in line for word in ("promoted", "new", "Ann", "more films", "difference"))
    assert last_figures(home)["low"] > 0
    status, _, err = run("models", "promote", "new", "--features", films)
    assert (status, "is in use already" in err) == (1, True)


def test_a_worse_model_is_refused_and_promoted_anyway_only_on_request(run: Command, home: Home, films: Path) -> None:
    put_to_use(home.store, make_skilled(home.features_id, name="old", skill=3.0))
    register(home.store, make_skilled(home.features_id, name="chance", skill=0.0))
    status, out, err = run("models", "promote", "chance", "--features", films)
    assert (status, out, in_use(home)) == (1, "", ["old"])
    assert "model_not_better: not promoted: chance" in err
    assert "is worse than old" in err
    assert "--anyway" in err
    status, out, _ = run("models", "promote", "chance", "--features", films, "--anyway")
    assert (status, in_use(home)) == (0, ["chance"])
    assert "is worse than old" in out  # what is given up is told
    assert last_figures(home)["high"] < 0


def test_a_model_of_fewer_genres_is_compared_on_those_it_has_and_refused_for_the_others(
    run: Command, home: Home, films: Path
) -> None:
    put_to_use(home.store, make_skilled(home.features_id, name="old", skill=0.3))
    register(home.store, make_skilled(home.features_id, name="few", skill=3.0, genres=("Drama", "Action")))
    status, _, err = run("models", "promote", "few", "--features", films)
    assert (status, in_use(home)) == (1, ["old"])
    assert "not promoted: it does not predict Comedy, Horror;" in err
    _, found = run.json("evaluate", "few", "--against", "old", "--features", films)
    assert "it does not predict Comedy, Horror; to use it all the same: trailers models use" in found["conclusion"]
    status, document = run.json("models", "promote", "few", "--features", films, "--anyway")
    assert (status, in_use(home)) == (0, ["few"])
    assert document["low"] > 0
    assert document["lost_genres"] == ["Comedy", "Horror"]


def test_only_films_that_neither_has_learnt_from_count_and_too_few_of_them_tell_nothing(
    run: Command, home: Home, films: Path
) -> None:
    known = [f"film {number}" for number in range(N)]
    old = make_skilled(home.features_id, name="old", skill=0.3, seen=tuple(known[:25]))
    put_to_use(home.store, old)
    register(home.store, make_skilled(home.features_id, name="new", skill=3.0, seen=tuple(known[25:71])))
    status, _, err = run("models", "promote", "new", "--features", films)
    assert (status, in_use(home)) == (1, ["old"])
    assert f"only 9 of the films are new to both; at least {FEWEST} are needed" in err
    register(home.store, make_skilled(home.features_id, name="newer", skill=3.0, seen=tuple(known[25:70])))
    assert run("models", "promote", "newer", "--features", films)[0] == 0


@pytest.mark.parametrize(("n_films", "promoted"), [(ENOUGH - 1, False), (ENOUGH, True)])
def test_with_few_films_a_model_must_be_surely_better_and_with_enough_no_worse(
    run: Command, home: Home, tmp_path: Path, n_films: int, *, promoted: bool
) -> None:
    file = tmp_path / "few.npz"
    save_dataset(make_films(home.features_id, n_films), file)
    put_to_use(home.store, make_skilled(home.features_id, name="old", skill=3.0))
    register(home.store, make_skilled(home.features_id, name="twin", skill=3.0))
    status, out, err = run("models", "promote", "twin", "--features", file)
    assert (status == 0) is promoted
    assert f"on {n_films} films that are new to both" in out + err
    assert ("only what is surely better counts" in err) is not promoted


@pytest.mark.slow
def test_a_model_trained_again_on_a_grown_library_is_compared_on_the_films_that_tested_the_one_in_use(
    run: Command, home: Home, tmp_path: Path
) -> None:
    trained = {}
    for n_films in (200, 210):
        file = tmp_path / f"{n_films}.npz"
        save_dataset(make_films(home.features_id, n_films), file)
        status, document = run.json(
            *("train", "--features", file, "--head", "logistic_mean", "--min-positives", 5, "--use"),
        )
        assert status == 0
        trained[n_films] = document["assessment"]
    assert trained[200]["against"] is None
    assert trained[210]["films"] >= ENOUGH
    assert trained[210]["low"] <= 0.05  # ten more films don't make it surely better


def test_without_named_films_the_labelled_trailers_of_the_database_decide(run: Command, home: Home) -> None:
    put_to_use(home.store, make_skilled(home.features_id, name="old", skill=0.3))
    register(home.store, make_skilled(home.features_id, name="new", skill=3.0))
    status, _, err = run("models", "promote", "new")
    assert (status, in_use(home)) == (1, ["old"])
    assert "it can't be told whether new" in err
    assert "name other films" in err
    for number in range(40):
        genres = tuple(genre for place, genre in enumerate(GENRES) if number >> place & 1)
        labels = TrailerLabels(genres=genres or ("Western",), source="imdb")
        home.add(f"youtube:{number:011}", title=f"unheard {chr(97 + number % 26) * (1 + number)}", labels=labels)
    status, document = run.json("models", "promote", "new", "--anyway")
    assert (status, document["films"]) == (0, 40)


@pytest.mark.parametrize(
    ("metrics", "promoted"),
    [
        ({"macro_ap": 0.5, "macro_ap_low": 0.4, "macro_ap_of_prior": 0.25}, True),
        ({"macro_ap": 0.3, "macro_ap_low": 0.24, "macro_ap_of_prior": 0.25}, False),
        ({"macro_ap": 0.26}, True),  # an older model's: its priors are .25 each
        ({"macro_ap": 0.24}, False),
    ],
)
def test_the_first_model_for_its_use_needs_no_films_but_must_beat_a_constant_prediction(
    run: Command, home: Home, metrics: dict[str, float], *, promoted: bool
) -> None:
    register(home.store, make_skilled(home.features_id, name="first", skill=1.0, metrics=metrics))
    status, out, err = run("models", "promote", "first")
    assert (status, in_use(home)) == ((0, ["first"]) if promoted else (1, []))
    assert f"is the first for trailers and {'better' if promoted else 'not surely better'}" in out + err


def test_a_model_of_trailers_that_would_take_a_joined_ones_place_gives_up_posters_and_plots(home: Home) -> None:
    put_to_use(home.store, make_joined_model(home.features_id))
    with Runtime(read_settings({"TRAILERS_HOME": str(home.folder)})) as runtime:

        def assess(model: GenreModel) -> Assessment:
            return assess_use(runtime, register(home.store, model), model)

        alone = assess(make_skilled(home.features_id, name="alone", skill=1.0))
        assert alone.rival is not None
        assert (alone.rival.name, alone.lost_inputs) == ("joined", ("poster", "plot"))
        assert "posters and plots of films would no longer be looked at" in alone.objections
        assert assess(make_model(home.features_id, name="pictures")).lost_inputs == ()  # for posters alone
        put_to_use(home.store, make_skilled(home.features_id, name="trailers", skill=0.5))
        assert assess(make_skilled(home.features_id, name="alone", skill=1.0)).lost_inputs == ()


def test_changes_are_taken_back_one_by_one_or_to_a_model(run: Command, home: Home) -> None:
    for number, name in enumerate(("one", "two", "three")):
        register(home.store, make_skilled(home.features_id, name=name, skill=number))
        assert run("models", "use", name)[0] == 0
    assert run("models", "rollback")[0] == 0
    assert in_use(home) == ["two"]
    assert run("models", "use", "three")[0] == 0
    status, out, _ = run("models", "rollback", "--to", "one", "--why", "two was wrong")
    assert (status, in_use(home)) == (0, ["one"])
    assert "now predicts for trailers" in out
    assert (run("models", "rollback")[0], in_use(home)) == (0, [])
    status, _, err = run("models", "rollback")
    assert (status, "nobody has changed what is in use" in err) == (1, True)
    status, _, err = run("models", "rollback", "--to", "three")
    assert (status, "three" in err and "was not in use before" in err) == (1, True)


def test_a_retired_model_gives_way_to_the_one_that_ships_until_that_is_retired_too(run: Command, home: Home) -> None:
    def states() -> dict[str, str]:
        rows = [json.loads(line) for line in run("models", "list", "--json")[1].splitlines()]
        assert all(row["active"] == (row["state"] == "in_use") for row in rows)
        return {row["name"]: row["state"] for row in rows if row["features_id"] == "words-r1"}

    register(home.store, make_model("words-r1", name="own", modality="plot"))
    assert states() == {"own": "candidate", "plots": "in_use"}
    assert run("models", "use", "own")[0] == 0
    assert states() == {"own": "in_use", "plots": "candidate"}
    status, out, _ = run("models", "retire", "own")
    assert (status, out.startswith("plots (")) == (0, True)
    status, out, _ = run("models", "retire", "plots")
    assert (status, "no model of plots is in use now" in out) == (0, True)
    assert states() == {"own": "retired", "plots": "retired"}
    status, _, err = run("plot", "a ghost in the house")
    assert (status, "no_model" in err) == (1, True)
    assert run("models", "rollback")[0] == 0
    assert states() == {"own": "retired", "plots": "in_use"}


def test_models_that_shipped_with_an_older_version_give_way_to_those_that_ship_now(
    home: Home, runtime: Runtime
) -> None:
    starter = starter_weights().features_id
    old = [
        make_model("words-r1", name="plots", modality="plot"),
        make_model(starter, name="starter", modality="poster"),
    ]
    for model in old:
        home.store.model_changes.start(register(home.store, model), why=SHIPS)
    plots, films = (runtime.models_in_use(features_id) for features_id in ("words-r1", starter))
    ids = {record.model_id for record in (*plots, *films)}
    assert ids == {shipped_id(path) for path in all_shipped() if path.stem in ("plots", "starter")}


def test_a_model_is_deleted_unless_it_is_in_use_or_ships(run: Command, home: Home) -> None:
    put_to_use(home.store, make_skilled(home.features_id, name="old", skill=1.0))
    register(home.store, make_skilled(home.features_id, name="new", skill=2.0))
    assert run("models", "list")[0] == 0
    status, _, err = run("models", "delete", "old")
    assert (status, "is in use" in err) == (1, True)
    status, _, err = run("models", "delete", shipped_id(all_shipped()[0]))
    assert (status, "ships with Trailers" in err) == (1, True)
    assert run("models", "delete", "new")[0] == 0
    assert "new" not in {record.name for record in home.store.models.list()}


def test_an_imported_model_is_a_candidate_unless_it_is_to_be_used(run: Command, home: Home, tmp_path: Path) -> None:
    make_skilled(home.features_id, name="gpu", skill=1.0).save(tmp_path / "gpu.zip")
    status, out, _ = run("models", "import", tmp_path / "gpu.zip")
    assert (status, in_use(home)) == (0, [])
    assert "trailers models promote" in out
    assert "trailers models use" in out
    status, out, _ = run("models", "import", tmp_path / "gpu.zip", "--use")
    assert (status, in_use(home)) == (0, ["gpu"])
    assert "now predicts for trailers" in out


def test_two_models_are_evaluated_over_the_genres_that_both_predict(run: Command, home: Home, films: Path) -> None:
    register(home.store, make_skilled(home.features_id, name="all", skill=0.3))
    register(home.store, make_skilled(home.features_id, name="few", skill=3.0, genres=("Drama", "Action")))
    status, document = run.json("evaluate", "few", "--against", "all", "--features", films)
    assert status == 0
    assert [len(found["genres"]) for found in document["models"].values()] == [2, 2]
    assert document["comparison"]["low"] > 0
    assert ": trailers models promote " in document["conclusion"]
    register(home.store, make_skilled(home.features_id, name="drama", skill=1.0, genres=("Drama",)))
    register(home.store, make_skilled(home.features_id, name="action", skill=1.0, genres=("Action",)))
    status, _, err = run("evaluate", "drama", "--against", "action", "--features", films)
    assert (status, "predict no genre in common" in err) == (1, True)


def test_an_evaluation_ends_with_how_the_model_does_beside_a_constant_prediction(
    run: Command, home: Home, films: Path
) -> None:
    put_to_use(home.store, make_skilled(home.features_id, name="used", skill=3.0))
    last = run("evaluate", "--features", films)[1].splitlines()[-1]
    assert last.startswith("used")
    assert "is better than a constant prediction by" in last
    assert "promote" not in last  # it is in use
