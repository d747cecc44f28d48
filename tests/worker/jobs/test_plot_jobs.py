"""Plots alone by way of the queue: predicted as `trailers plot` predicts them, kept for a day, and no trailers."""

from pathlib import Path

import pytest

from classifier.prediction import GenrePrediction
from db.queue.job_records import Job
from extractor.errors import BadPlot
from extractor.plots import read_plot
from tests.support.encoders import install_encoder
from tests.support.homes import Home
from tests.support.models import make_joined_model, make_plot_model, make_sentences_model, put_to_use
from tests.support.working import reload_job, work_off
from worker.jobs import steps
from worker.jobs.bells import Bell
from worker.jobs.single_jobs import plot_id, submit_plot, submit_poster
from worker.predicting.plots import plot_basis, plot_model, predict_words
from worker.runtime import Runtime
from worker.service import sweeper

GHOST = "The ghost of a girl haunts a house, and a young couple moves in."


def recall(runtime: Runtime, text: str) -> GenrePrediction | None:
    """The stored prediction of the model in use for a plot alone."""
    digest = read_plot(text).digest
    return runtime.store.predictions.load(plot_id(digest), plot_basis(runtime, plot_model(runtime), digest))


def submit(runtime: Runtime, text: str) -> Job:
    return submit_plot(runtime, text, Bell())


def test_a_plot_is_predicted_in_the_lane_that_has_models_as_the_command_predicts_it(
    runtime: Runtime, home: Home
) -> None:
    job = submit(runtime, GHOST)
    assert (job.trailer_id, job.stage, job.lane) == (plot_id(read_plot(GHOST).digest), "queued", "classify")
    assert work_off(runtime) == ["classify"]
    done = reload_job(runtime, job)
    assert (done.stage, done.modalities) == ("done", ("plot",))
    assert recall(runtime, GHOST) == predict_words(runtime.model(plot_model(runtime)), GHOST, None)
    assert home.documents("trailers") == home.documents("features") == {}


def test_a_model_that_reads_sentences_too_does_so_only_where_the_encoder_is(
    runtime: Runtime, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        encoder = install_encoder(tmp_path, patched)
        put_to_use(home.store, make_sentences_model("", encoder.features_id))
        both = submit(runtime, GHOST)
        work_off(runtime)
        assert reload_job(runtime, both).modalities == ("plot", "sentence")
        found = recall(runtime, GHOST)
        assert found is not None
        assert set(found.alone) == set(found.contributions["Horror"]) == {"plot", "sentence"}
        assert found.alone["plot"] != found.alone["sentence"]
    alone = submit(runtime, GHOST)
    work_off(runtime)
    assert reload_job(runtime, alone).modalities == ("plot",)


def test_the_same_words_again_are_the_same_job_and_no_work(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    first = submit(runtime, GHOST)
    work_off(runtime)
    monkeypatch.setattr(steps, "predict_words", None)
    again = submit(runtime, GHOST.upper())
    assert (again.job_id, again.stage) == (first.job_id, "done")
    assert work_off(runtime) == []


def test_a_new_model_predicts_again(runtime: Runtime, home: Home) -> None:
    first = submit(runtime, GHOST)
    work_off(runtime)
    newer = put_to_use(home.store, make_plot_model(make_joined_model(home.features_id).join.members["plot"]))
    second = submit(runtime, GHOST)
    assert (second.job_id != first.job_id, second.model_id) == (True, newer.model_id)


def test_a_plot_of_words_that_the_model_does_not_know_ends_the_job_and_one_without_words_makes_none(
    runtime: Runtime,
) -> None:
    job = submit(runtime, "Xqzwv bnmtr")
    work_off(runtime)
    ended = reload_job(runtime, job)
    assert ended.error is not None
    assert (ended.stage, ended.error.code) == ("failed", "bad_plot")
    with pytest.raises(BadPlot, match="no words"):
        submit(runtime, "... !")


def test_after_a_day_nothing_is_left_of_a_plot_and_all_of_what_else_there_is(
    runtime: Runtime, home: Home, monkeypatch: pytest.MonkeyPatch, poster_models: None
) -> None:
    submit(runtime, GHOST)
    poster = submit_poster(runtime, "ab" * 32, Bell())
    work_off(runtime)
    sweeper.Sweeper(runtime, Bell()).round()
    assert (len(home.documents("jobs")), len(home.documents("predictions"))) == (2, 1)
    monkeypatch.setattr(sweeper, "PLOT_S", 0)
    sweeper.Sweeper(runtime, Bell()).round()
    assert (list(home.documents("jobs")), home.documents("predictions")) == ([poster.job_id], {})
