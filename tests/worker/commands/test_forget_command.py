"""Forgetting: no collection has a trace of a trailer afterwards, and nothing else is gone."""

import json
import threading
import time
from pathlib import Path

import bson
import pytest

from db.identity import IdentityEdit
from db.queue.batch_records import BatchRow, NewBatch
from db.queue.claims import Where
from db.queue.job_records import Claim, Inputs
from extractor.video.filmstrip import Filmstrip
from tests.support.homes import Command, Home
from tests.support.models import make_model, put_to_use
from worker.jobs.bells import Bell
from worker.jobs.submission import JobRequest, submit
from worker.jobs.uploads import Upload, find_upload
from worker.predicting.analysis import analyze
from worker.progress import Quiet
from worker.reviewing.saving import save_review
from worker.runtime import Runtime
from worker.settings import read_settings

WEBHOOKS = {"TRAILERS_WEBHOOK_SECRET": "0123456789abcdef", "TRAILERS_WEBHOOK_HOSTS": "example.org"}
OTHER = "youtube:BBBBBBBBBBB"


@pytest.fixture
def trailer_id(runtime: Runtime, home: Home, clip: Path) -> str:
    """An upload that has all that there may be of a trailer, beside another trailer."""
    names = {"TRAILERS_HOME": home.folder, "TRAILERS_WEIGHTS": home.weights, "TRAILERS_BACKBONE": "inception_v3"}
    runtime.settings = read_settings({**{name: str(value) for name, value in names.items()}, **WEBHOOKS})
    put_to_use(home.store, make_model(home.features_id))
    home.add(OTHER, title="Other")
    with Upload(runtime.settings, "My film.mp4") as upload:
        upload.write(clip.read_bytes())
        file = find_upload(home.folder, upload.finish())
    store, trailer_id = home.store, file.trailer_id
    analyze(runtime, str(file.path), inputs=Inputs(), progress=Quiet())
    store.filmstrips.save(trailer_id, Filmstrip(b"jpeg", 1, 160, 90, 1, b"rgb", b"jpeg"))
    store.identities.edit(trailer_id, IdentityEdit(external_ids=("WB-77",), title="Mine"))
    trailer = store.library.get(trailer_id)
    assert trailer is not None
    save_review(store, trailer, {"Drama": "add"}, reviewer="anna")
    request = JobRequest(file, force_token="again", webhook="https://example.org/hook", inputs=Inputs(plot="A plot."))
    (job,) = submit(runtime, [request], Bell()).jobs
    store.requests.begin("caller:key", body_sha256="0")
    store.requests.answered("caller:key", job.job_id)
    batch = store.batches.begin(NewBatch("films.csv", "/", "0" * 64, "missing", 1, home.features_id, None), number=1)
    row = BatchRow(batch.batch_id, 1, str(file.path), "WB-77", "Mine", trailer_id, job.job_id, external_id="WB-77")
    store.batches.write([row])
    return trailer_id


def traces(home: Home, *words: str) -> dict[str, int]:
    """Return in how many documents of which collections one of these words stands, whatever the field."""
    database, found = home.store._access.database, {}
    for name in database.list_collection_names():
        documents = [bson.encode(document) for document in database[name].find()]
        if n := sum(any(word.encode() in document for word in words) for document in documents):
            found[name] = n
    return found


def words_of(trailer_id: str) -> tuple[str, ...]:
    return trailer_id, trailer_id.removeprefix("file:"), "WB-77", "My film", "example.org"


def test_no_collection_and_no_folder_has_a_trace_of_it_and_all_of_the_other_stays(
    run: Command, home: Home, trailer_id: str
) -> None:
    assert set(traces(home, *words_of(trailer_id))) > {"jobs", "batch_rows", "reviews", "predictions", "features"}
    other = traces(home, OTHER)
    status, out, _ = run("forget", "WB-77", "--yes", "--json")
    removed = json.loads(out)["removed"]
    assert status == 0
    gone = {"requests", "jobs", "batch_rows", "predictions", "features", "reviews", "filmstrips", "trailers", "uploads"}
    assert gone <= set(removed)
    assert traces(home, *words_of(trailer_id)) == {}
    assert [path for path in home.folder.rglob("*") if trailer_id.removeprefix("file:") in path.name] == []
    assert traces(home, OTHER) == other
    assert run("forget", trailer_id, "--yes")[0] == 4


def test_a_dry_run_says_the_same_and_removes_nothing(run: Command, home: Home, trailer_id: str) -> None:
    before = traces(home, *words_of(trailer_id))
    told = json.loads(run("forget", trailer_id, "--dry-run", "--json")[1])
    assert traces(home, *words_of(trailer_id)) == before
    assert json.loads(run("forget", trailer_id, "--yes", "--json")[1])["removed"] == told["removed"]


def test_without_a_yes_nothing_is_removed(run: Command, home: Home, trailer_id: str) -> None:
    status, _, err = run("forget", trailer_id)
    assert (status, "--yes" in err, "trailers" in traces(home, trailer_id)) == (2, True, True)


def test_several_are_removed_and_one_that_is_not_stored_is_told(run: Command, home: Home, trailer_id: str) -> None:
    status, out, err = run("forget", trailer_id, OTHER, "youtube:CCCCCCCCCCC", "--yes", "--json")
    assert (status, len(out.splitlines()), "not_found" in err) == (3, 2, True)
    assert home.documents("trailers") == {}


def test_running_work_is_cancelled_first(
    run: Command, home: Home, trailer_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = home.documents("jobs").values()
    where = Where("extract", job["scratch"])
    claimed = home.store.claims.claim(where, token="t", owner="w", lease_s=60)
    assert claimed is not None

    def work() -> None:  # as a worker does that sees that its job is cancelled
        while not home.documents("jobs")[job["_id"]]["cancel"]:
            time.sleep(0.02)
        home.store.claims.end_cancelled(Claim(job["_id"], "t"))

    worker = threading.Thread(target=work)
    worker.start()
    assert run("forget", trailer_id, "--yes")[0] == 0
    worker.join()
    assert traces(home, *words_of(trailer_id)) == {}


def test_a_worker_that_does_not_stop_is_told_and_the_trailer_stays(
    run: Command, home: Home, trailer_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.jobs.removal.STOP_S", 0.3)
    (job,) = home.documents("jobs").values()
    assert home.store.claims.claim(Where("extract", job["scratch"]), token="t", owner="w", lease_s=60)
    status, _, err = run("forget", trailer_id, "--yes")
    assert (status, "does not stop" in err, "trailers" in traces(home, trailer_id)) == (1, True, True)
