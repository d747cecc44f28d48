"""Jobs with posters and plots: what makes a new one, which lanes it visits, and what it ends with."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from db.library_records import LibraryQuery
from db.queue.claims import Where
from db.queue.job_records import Inputs, Job
from db.queue.jobs import JobFilter
from db.records import KeptPoster
from tests.support.homes import Command, Home
from tests.support.models import PLOTS_AND_TITLES, make_joined_model, put_to_use
from tests.support.posters import make_poster
from tests.support.working import reload_job, work_off
from tests.worker.predicting.test_given_analysis import GHOST
from web.reviews import save_review
from worker.batches.preparing import BatchRequest, prepare
from worker.jobs.bells import Bell
from worker.jobs.submission import JobRequest, submit
from worker.predicting import stages
from worker.predicting.inputs import keep_poster
from worker.runtime import Runtime

PLOT = Inputs(plot=GHOST)

pytestmark = pytest.mark.usefixtures("nowhere", "poster_models")


@pytest.fixture
def poster(runtime: Runtime, tmp_path: Path) -> Inputs:
    """A poster that was given; its file is gone by now."""
    path = make_poster(tmp_path / "poster.jpg")
    given = Inputs(poster=str(path), poster_sha256=keep_poster(runtime.store, str(path)))
    path.unlink()
    return given


def asked(runtime: Runtime, clip: Path, given: Inputs | None = None, *, force_token: str | None = None) -> Job:
    submitted = submit(runtime, [JobRequest(str(clip), inputs=given or Inputs(), force_token=force_token)], Bell())
    assert not submitted.codes, submitted
    return submitted.jobs[0]


def modalities(runtime: Runtime, job: Job) -> tuple[str, ...]:
    prediction = runtime.store.predictions.latest(job.trailer_id)
    assert prediction is not None
    assert reload_job(runtime, job).modalities == prediction.modalities
    return prediction.modalities


def test_a_job_with_poster_and_plot_is_done_in_one_go(runtime: Runtime, clip: Path, poster: Inputs) -> None:
    job = asked(runtime, clip, replace(poster, plot=GHOST))
    assert work_off(runtime) == ["extract"], "nothing was handed back"
    done = reload_job(runtime, job)
    assert (done.stage, done.attempts, done.cached) == ("done", 0, False)
    assert modalities(runtime, job) == ("trailer", "poster", "plot")
    (told,) = runtime.store.trailers.read_inputs([job.trailer_id]).values()
    assert (told.plot, told.poster_sha256) == (GHOST, poster.poster_sha256)


def test_a_new_poster_or_plot_is_a_new_job_that_decodes_nothing(
    runtime: Runtime, clip: Path, poster: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = asked(runtime, clip)
    work_off(runtime)
    monkeypatch.setattr(stages, "extract_features", None)
    jobs = [first]
    for given, looked_at in ((poster, ("trailer", "poster")), (PLOT, ("trailer", "poster", "plot"))):
        jobs.append(asked(runtime, clip, given))
        work_off(runtime)
        done = reload_job(runtime, jobs[-1])
        assert (done.stage, done.cached, done.error) == ("done", True, None)
        assert modalities(runtime, done) == looked_at
    assert len({job.job_id for job in jobs}) == 3


def test_the_same_again_makes_no_job_whether_it_waits_or_is_done(runtime: Runtime, clip: Path) -> None:
    first = asked(runtime, clip, PLOT)
    assert asked(runtime, clip, PLOT).job_id == first.job_id
    work_off(runtime)
    for given in (PLOT, Inputs()):  # the second asks for nothing new: the plot is known by now
        again = asked(runtime, clip, given)
        assert (again.job_id, again.stage) == (first.job_id, "done")
    assert runtime.store.jobs.count(JobFilter()) == {"done": 1}
    assert work_off(runtime) == []


def test_going_back_to_an_earlier_plot_queues_the_earlier_job_again(runtime: Runtime, clip: Path) -> None:
    first = asked(runtime, clip, PLOT)
    work_off(runtime)
    asked(runtime, clip, Inputs(plot="One joke."))
    work_off(runtime)
    again = asked(runtime, clip, PLOT)
    assert (again.job_id, again.stage) == (first.job_id, "queued")
    work_off(runtime)
    prediction = runtime.store.predictions.latest(first.trailer_id)
    assert prediction is not None
    assert prediction.words[0].word == "ghost"
    assert reload_job(runtime, first).cached


def test_what_no_model_looks_at_makes_no_job_and_is_kept(runtime: Runtime, home: Home, clip: Path) -> None:
    home.store._access.database["models"].delete_many({"name": "joined"})
    first = asked(runtime, clip)
    work_off(runtime)
    again = asked(runtime, clip, PLOT)
    assert (again.job_id, again.stage) == (first.job_id, "done")
    put_to_use(home.store, make_joined_model(home.features_id))
    later = asked(runtime, clip)
    work_off(runtime)
    assert modalities(runtime, later) == ("trailer", "plot")


def test_a_poster_whose_features_went_away_is_looked_at_again_where_the_backbone_is(
    runtime: Runtime, home: Home, clip: Path, poster: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(runtime, clip, poster)
    work_off(runtime)
    database = home.store._access.database
    database["poster_features"].delete_many({})
    database["predictions"].delete_many({})
    monkeypatch.setattr(stages, "extract_features", None)
    job = asked(runtime, clip)
    database["jobs"].update_one({"_id": job.job_id}, {"$set": {"lane": "classify", "scratch": None}})
    assert work_off(runtime) == ["classify", "extract"]
    assert modalities(runtime, job) == ("trailer", "poster")
    assert reload_job(runtime, job).attempts == 1, "the way back has cost one"


def test_a_bad_kept_picture_costs_the_poster_not_the_job(runtime: Runtime, clip: Path) -> None:
    digest = sha256(b"poster").hexdigest()
    runtime.store.posters.save(KeptPoster(digest, b"bits", 200, 300))
    job = asked(runtime, clip, Inputs(poster="poster.jpg", poster_sha256=digest))
    assert work_off(runtime) == ["extract"]
    assert reload_job(runtime, job).stage == "done"
    assert modalities(runtime, job) == ("trailer",)
    prediction = runtime.store.predictions.latest(job.trailer_id)
    assert prediction is not None
    assert any("isn't kept, or is damaged" in warning for warning in prediction.warnings)


def test_work_done_anew_looks_at_the_poster_anew(runtime: Runtime, home: Home, clip: Path, poster: Inputs) -> None:
    job = asked(runtime, clip, poster)
    work_off(runtime)
    before = home.documents("poster_features")
    assert work_off(runtime) == []
    forced = asked(runtime, clip, force_token="round 2")
    work_off(runtime)
    assert forced.job_id != job.job_id
    assert modalities(runtime, forced) == ("trailer", "poster")
    assert [it["created_at"] for it in home.documents("poster_features").values()] != [
        it["created_at"] for it in before.values()
    ]


def test_submit_takes_poster_and_plot_and_people_see_a_long_plot_shortened(
    run: Command, runtime: Runtime, clip: Path, tmp_path: Path
) -> None:
    plot, path = f"{GHOST} " * 300, make_poster(tmp_path / "poster.png")
    _, submitted = run.json("submit", clip, "--poster", path, "--plot", plot)
    assert submitted["given"]["plot"] == plot.strip()
    _, out, _ = run("jobs", "show", submitted["job_id"])
    assert f"poster: {path}" in out
    assert "plot: A ghost, and another ghost." in out
    assert len(out) < 1000
    assert run.json("jobs", "show", submitted["job_id"])[1]["given"]["plot"] == plot.strip()
    work_off(runtime)
    assert run.json("jobs", "show", submitted["job_id"])[1]["modalities"] == ["trailer", "poster", "plot"]


def test_a_description_is_used_by_a_job_that_asks_for_it(
    home: Home, runtime: Runtime, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = stages.given_file

    def described(*args: object) -> stages.Video:
        video = given(*args)  # type: ignore[arg-type]
        return replace(video, source=replace(video.source, description="See the ghost"))

    monkeypatch.setattr("worker.jobs.steps.given_file", described)
    job = asked(runtime, clip, Inputs(plot_from_description=True))
    assert asked(runtime, clip, Inputs(plot_from_description=True)).job_id == job.job_id
    work_off(runtime)
    assert modalities(runtime, job) == ("trailer", "description")
    again = asked(runtime, clip, Inputs(plot_from_description=True))
    assert (again.job_id, again.stage) == (job.job_id, "done")
    plain = asked(runtime, clip)
    assert plain.job_id != job.job_id
    work_off(runtime)
    assert modalities(runtime, plain) == ("trailer",)


def test_a_links_words_are_used_without_being_asked_for_and_frames_only_is_another_job(
    home: Home, runtime: Runtime
) -> None:
    home.store._access.database["models"].delete_many({"name": "posters"})
    put_to_use(home.store, make_joined_model(home.features_id, name="titled", texts=PLOTS_AND_TITLES))
    link = "https://youtu.be/AAAAAAAAAAA"

    def asked_link(**given: object) -> Job:
        return submit(runtime, [JobRequest(link, inputs=Inputs(**given))], Bell()).jobs[0]  # type: ignore[arg-type]

    unseen = asked_link()
    assert unseen.stage == "queued"
    home.add("youtube:AAAAAAAAAAA", title="A Ghost - Official Trailer")
    assert asked_link().job_id == unseen.job_id, "its page says what it says"
    frames = asked_link(frames_only=True)
    assert frames.job_id != unseen.job_id
    work_off(runtime)
    found = runtime.store.predictions.load_scores(["youtube:AAAAAAAAAAA"])["youtube:AAAAAAAAAAA"]
    assert {each.modalities for each in found} == {("trailer", "title"), ("trailer",)}
    assert (asked_link().stage, asked_link(frames_only=True).stage) == ("done", "done")
    titled = asked_link(title="A Joke")
    assert (titled.stage, titled.job_id == unseen.job_id) == ("queued", False)


# --- lists


def write_list(folder: Path, clip: Path, *, plot: str = "", poster: str = "") -> BatchRequest:
    path = folder / "films.csv"
    path.write_text(f'path,plot,poster\n{clip},"{plot}",{poster}\n')
    return BatchRequest(path)


def run_list(runtime: Runtime, order: BatchRequest) -> int:
    """Run a list and return how many of its trailers were run."""
    batch = prepare(runtime, order, Bell()).batch
    n_open = runtime.store.jobs.count(JobFilter(batch_id=batch.batch_id, stages=("queued",))).get("queued", 0)
    work_off(runtime)
    assert runtime.store.claims.claim(Where("download", "-"), token="none", owner="t", lease_s=1) is None
    return n_open


def latest(runtime: Runtime) -> tuple[str, ...]:
    (trailer,) = runtime.store.library.find(LibraryQuery(), limit=50).trailers
    prediction = runtime.store.predictions.latest(trailer.trailer_id)
    assert prediction is not None
    return prediction.modalities


def test_a_row_that_brings_a_plot_or_poster_is_judged_again_once_and_without_decoding(
    runtime: Runtime, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_list(runtime, write_list(tmp_path, clip)) == 1
    assert run_list(runtime, write_list(tmp_path, clip)) == 0
    monkeypatch.setattr(stages, "extract_features", None)
    make_poster(tmp_path / "poster.jpg")
    for given, looked_at in (
        ({"plot": GHOST}, ("trailer", "plot")),
        ({"plot": GHOST, "poster": "poster.jpg"}, ("trailer", "poster", "plot")),
    ):
        assert run_list(runtime, write_list(tmp_path, clip, **given)) == 1
        assert run_list(runtime, write_list(tmp_path, clip, **given)) == 0
        assert latest(runtime) == looked_at
    assert run_list(runtime, write_list(tmp_path, clip)) == 0, "it brings nothing new"


def test_results_of_answered_rows_are_those_of_the_model_that_looks_at_all_of_it(
    runtime: Runtime, clip: Path, tmp_path: Path
) -> None:
    from worker.batches.results import read_results

    joined = make_joined_model(runtime.known_features_id()).model_id
    run_list(runtime, write_list(tmp_path, clip))
    run_list(runtime, write_list(tmp_path, clip, plot=GHOST))
    for order in (write_list(tmp_path, clip, plot=GHOST), write_list(tmp_path, clip)):
        (row,) = read_results(runtime, prepare(runtime, order, Bell()).batch)
        assert (row.status, row.model_id, row.genres[0][0]) == ("done", joined, "Horror")


def test_mode_stale_runs_those_whose_plot_has_changed_since(runtime: Runtime, clip: Path, tmp_path: Path) -> None:
    order = write_list(tmp_path, clip)
    run_list(runtime, order)
    (trailer,) = runtime.store.library.find(LibraryQuery(), limit=50).trailers
    runtime.store.trailers.add_inputs(trailer.trailer_id, PLOT)  # by some other way
    assert run_list(runtime, order) == 0
    assert run_list(runtime, replace(order, mode="stale")) == 1
    assert latest(runtime) == ("trailer", "plot")
    assert run_list(runtime, replace(order, mode="stale")) == 0


def test_a_list_may_have_descriptions_looked_at(home: Home, runtime: Runtime, clip: Path, tmp_path: Path) -> None:
    order = write_list(tmp_path, clip)
    run_list(runtime, order)
    home.store._access.database["trailers"].update_many({}, {"$set": {"source.description": "A ghost"}})
    assert run_list(runtime, replace(order, plot_from_description=True)) == 1
    assert latest(runtime) == ("trailer", "description")
    assert run_list(runtime, replace(order, plot_from_description=True)) == 0
    assert run_list(runtime, replace(order, plot_from_description=True, mode="all")) == 1


def test_a_list_may_be_for_frames_only(home: Home, runtime: Runtime, clip: Path, tmp_path: Path) -> None:
    home.store._access.database["models"].delete_many({"name": "posters"})
    order = write_list(tmp_path, clip, plot=GHOST)
    assert run_list(runtime, order) == 1
    assert latest(runtime) == ("trailer", "plot")
    assert run_list(runtime, replace(order, frames_only=True)) == 1
    assert latest(runtime) == ("trailer",)
    assert run_list(runtime, replace(order, frames_only=True)) == run_list(runtime, order) == 0


def test_a_list_for_frames_only_is_content_with_frames_whose_scores_were_moved(
    home: Home, runtime: Runtime, clip: Path, tmp_path: Path
) -> None:
    home.store._access.database["models"].delete_many({"name": "posters"})
    runtime.settings = runtime.settings.model_copy(update={"priors": {"Drama": 0.5}})
    order = replace(write_list(tmp_path, clip, plot=GHOST), frames_only=True)
    assert (run_list(runtime, order), latest(runtime)) == (1, ("trailer",))
    assert run_list(runtime, order) == 0


def test_a_job_with_genres_replaces_no_review_and_has_it_looked_at_where_it_says_otherwise(
    runtime: Runtime, clip: Path
) -> None:
    drama, comedy = (Inputs(genres=(genre,), label_source="list.csv", split="test") for genre in ("Drama", "Comedy"))
    trailer_id = asked(runtime, clip, drama).trailer_id
    work_off(runtime)
    trailer = runtime.store.library.get(trailer_id)
    assert trailer is not None
    assert (trailer.labels.genres, trailer.labels.source) == (("Drama",), "house")
    save_review(runtime.store, trailer, {"Drama": "reject", "Horror": "add"}, reviewer="anna", note=None)
    for number, (given, waits) in enumerate(((drama, False), (comedy, True))):
        asked(runtime, clip, given, force_token=f"round {number}")
        work_off(runtime)
        trailer = runtime.store.library.get(trailer_id)
        assert trailer is not None
        assert (trailer.labels.genres, trailer.labels.source) == (("Horror",), "review")
        assert (trailer.labels.split, trailer.reviewed_at is None) == ("test", waits)


def test_two_rows_of_one_trailer_are_one_job_with_all_that_they_give(
    runtime: Runtime, clip: Path, tmp_path: Path
) -> None:
    make_poster(tmp_path / "poster.jpg")
    path = tmp_path / "films.csv"
    path.write_text(f"path,plot,poster\n{clip},{GHOST.replace(',', '')},\n{clip},,poster.jpg\n")
    assert run_list(runtime, BatchRequest(path)) == 1
    assert latest(runtime) == ("trailer", "poster", "plot")
