"""Posters alone by way of the queue: judged as `trailers poster` judges them, whoever is killed, and no trailers."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from classifier.errors import NoModel
from classifier.prediction import GenrePrediction
from db.queue.jobs import JobFilter
from db.records import KeptPoster
from extractor.errors import BadPoster
from tests.support.cheap_work import Plan
from tests.support.homes import Home
from tests.support.models import make_joined_model, make_model, put_to_use
from tests.support.posters import make_poster
from tests.support.service import ROOT, Service
from tests.support.working import reload_job, work_off
from worker.jobs.bells import Bell, bell_of
from worker.jobs.single_jobs import poster_id, submit_poster
from worker.predicting import stages
from worker.predicting.inputs import keep_poster
from worker.predicting.posters import poster_basis, poster_model, predict_posters
from worker.runtime import Runtime

SUBMITS = """
import sys
from worker.jobs.bells import Bell
from worker.jobs.single_jobs import submit_poster
from worker.runtime import Runtime
from worker.settings import read_settings
with Runtime(read_settings({"TRAILERS_HOME": sys.argv[1], "TRAILERS_WEIGHTS": sys.argv[2]})) as runtime:
    print(submit_poster(runtime, sys.argv[3], Bell()).job_id, "tensorflow" in sys.modules, "keras" in sys.modules)
"""


def recall_poster(runtime: Runtime, sha256: str) -> GenrePrediction | None:
    """The stored prediction of the model in use for a poster alone."""
    record = poster_model(runtime, runtime.known_features_id())
    return runtime.store.predictions.load(poster_id(sha256), poster_basis(runtime, record, sha256))


@pytest.fixture
def home(home: Home) -> Home:
    put_to_use(home.store, make_model(home.features_id, name="posters"))
    return home


@pytest.fixture
def poster(runtime: Runtime, tmp_path: Path) -> str:
    """The sha256 of a poster that is kept."""
    return keep_poster(runtime.store, str(make_poster(tmp_path / "poster.jpg")))


def test_a_poster_is_judged_in_one_go_as_the_command_judges_it(runtime: Runtime, poster: str, tmp_path: Path) -> None:
    job = submit_poster(runtime, poster, Bell(), priority=3)
    assert (job.trailer_id, job.stage, job.lane, job.priority) == (f"poster:{poster[:16]}", "queued", "extract", 3)
    assert recall_poster(runtime, poster) is None
    assert work_off(runtime) == ["extract"], "nothing was handed back"
    done = reload_job(runtime, job)
    assert (done.stage, done.modalities, done.cached, done.attempts) == ("done", ("poster",), False, 0)
    ((_, outcome),) = predict_posters(runtime, [str(tmp_path / "poster.jpg")])
    verdict = recall_poster(runtime, poster)
    assert verdict is not None
    assert verdict == outcome
    assert done.model_id == verdict.model_id


def test_a_poster_alone_is_no_trailer_and_has_no_features(runtime: Runtime, home: Home, poster: str) -> None:
    submit_poster(runtime, poster, Bell())
    work_off(runtime)
    (document,) = home.documents("predictions").values()
    assert (document["trailer_id"], document["inputs"]) == (poster_id(poster), {"poster": poster})
    assert home.documents("trailers") == home.documents("features") == {}


def test_the_same_poster_again_is_the_same_job_and_no_work(
    runtime: Runtime, poster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = submit_poster(runtime, poster, Bell())
    assert submit_poster(runtime, poster, Bell()) == first
    work_off(runtime)
    monkeypatch.setattr(stages, "infer_posters", None)
    again = submit_poster(runtime, poster, Bell())
    assert (again.job_id, again.stage) == (first.job_id, "done")
    runtime.store._access.database["jobs"].delete_many({})
    fresh = submit_poster(runtime, poster, Bell())
    assert (fresh.stage, fresh.cached) == ("done", True), "the verdict was there before its job"
    assert work_off(runtime) == []


def test_a_new_model_judges_again_without_a_look_and_the_old_ones_verdict_is_not_recalled(
    runtime: Runtime, home: Home, poster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = submit_poster(runtime, poster, Bell())
    work_off(runtime)
    monkeypatch.setattr(stages, "infer_posters", None)
    newer = put_to_use(home.store, make_joined_model(home.features_id))
    home.store._access.database["models"].delete_one({"name": "posters"})
    assert recall_poster(runtime, poster) is None
    second = submit_poster(runtime, poster, Bell())
    assert second.job_id != first.job_id
    work_off(runtime)
    verdict = recall_poster(runtime, poster)
    assert verdict is not None
    assert (verdict.model_id, verdict.modalities) == (newer.model_id, ("poster",))
    assert reload_job(runtime, second).cached


def test_a_verdict_or_features_that_went_away_are_made_again(runtime: Runtime, home: Home, poster: str) -> None:
    job = submit_poster(runtime, poster, Bell())
    work_off(runtime)
    database = home.store._access.database
    database["predictions"].delete_many({})
    again = submit_poster(runtime, poster, Bell())
    assert (again.job_id, again.stage) == (job.job_id, "queued")
    database["poster_features"].delete_many({})
    database["jobs"].update_one({"_id": job.job_id}, {"$set": {"lane": "classify"}})
    assert work_off(runtime) == ["classify", "extract"]
    assert recall_poster(runtime, poster) is not None


@pytest.mark.parametrize("what", ["missing", "damaged"])
def test_a_bad_picture_ends_the_job_and_a_good_one_begins_it_again(runtime: Runtime, tmp_path: Path, what: str) -> None:
    path = make_poster(tmp_path / "poster.jpg")
    digest = sha256(path.read_bytes()).hexdigest()
    if what == "damaged":
        runtime.store.posters.save(KeptPoster(digest, b"bits", 200, 300))
    job = submit_poster(runtime, digest, Bell())
    for _ in range(2):  # asking again has it looked at again, which helps nothing
        work_off(runtime)
        ended = reload_job(runtime, job)
        assert ended.error is not None
        assert (ended.stage, ended.error.code, ended.error.error_class) == ("failed", "bad_poster", "permanent")
        assert submit_poster(runtime, digest, Bell()).stage == "queued"
    work_off(runtime)
    keep_poster(runtime.store, str(path))
    assert submit_poster(runtime, digest, Bell()).stage == "queued"
    work_off(runtime)
    assert recall_poster(runtime, digest) is not None


def test_where_no_model_judges_posters_there_is_no_job(runtime: Runtime, home: Home, poster: str) -> None:
    home.store._access.database["models"].delete_many({})
    with pytest.raises(NoModel, match="no model predicts from posters"):
        submit_poster(runtime, poster, Bell())
    assert runtime.store.jobs.count(JobFilter()) == {}


@pytest.mark.parametrize("text", ["", "poster.jpg", "AB" * 32, "ab" * 31, "ab" * 32 + "\n"])
def test_what_is_no_sha256_makes_no_job(runtime: Runtime, text: str) -> None:
    with pytest.raises(BadPoster, match="send the picture first"):
        submit_poster(runtime, text, Bell())
    assert runtime.store.jobs.count(JobFilter()) == {}


def test_who_submits_and_recalls_needs_no_tensorflow(runtime: Runtime, home: Home, poster: str) -> None:
    arguments = [str(home.folder), str(home.weights), poster]
    environment = {**os.environ, "TRAILERS_BACKBONE": "", "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(
        [sys.executable, "-c", SUBMITS, *arguments], capture_output=True, text=True, check=True, env=environment
    )
    assert answer.stdout.split() == [submit_poster(runtime, poster, Bell()).job_id, "False", "False"]


@pytest.mark.slow
def test_a_process_may_die_at_any_step_of_a_poster(tmp_path: Path) -> None:
    steps = (
        *("claimed:extract", "inferring", "before:save_poster", "after:save_poster", "before:go_on", "after:go_on"),
        *("before:save_predictions", "after:save_predictions", "before:finish", "after:finish"),
    )
    pictures = [make_poster(tmp_path / f"{number}.jpg", seed=number) for number in range(len(steps) + 1)]
    digests = [sha256(path.read_bytes()).hexdigest() for path in pictures]
    deaths = {poster_id(digest): step for digest, step in zip(digests[1:], steps, strict=True)}
    plan = Plan(folder=str(tmp_path), deaths=deaths)
    with Service(tmp_path / "home", plan, TRAILERS_EXTRACT_WORKERS="3") as service:
        for path in pictures:
            keep_poster(service.runtime.store, str(path))
        with service.up():
            bell = bell_of(service.settings)
            jobs = [submit_poster(service.runtime, digest, bell) for digest in digests]
            ended = service.wait()
        assert plan.died() == sorted(deaths), "every step was met"
        assert {ended[job.trailer_id].stage for job in jobs} == {"done"}
        predictions = service.runtime.store._access.database["predictions"]
        assert predictions.count_documents({}) == len(digests)
        assert all(recall_poster(service.runtime, digest) for digest in digests)
