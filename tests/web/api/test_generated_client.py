"""A client that openapi-python-client makes of our description, without a warning, used against the real service."""

import importlib
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.support.web_service import store_trailer
from web.service import Service

TRAILER = "youtube:film0000001"
PACKAGE = "trailers_client"


@pytest.fixture(scope="module")
def generated(shared: tuple[Service, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service, whose generated client can be imported."""
    pytest.importorskip("openapi_python_client", reason="openapi-python-client is not installed: make setup does it")
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(httpx.get(f"{shared[1]}/openapi.json").text)
    (folder / "config.json").write_text('{"post_hooks": []}')  # its code needs no formatting here
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"]
    places = ["--path", folder / "openapi.json", "--output-path", folder / PACKAGE, "--config", folder / "config.json"]
    done = subprocess.run([*command, *map(str, places)], capture_output=True, text=True, check=False)
    assert (done.returncode, "WARNING" in done.stdout, done.stderr) == (0, False, ""), done.stdout
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield shared[1]


def api(tag: str, operation: str) -> ModuleType:
    return importlib.import_module(f"{PACKAGE}.api.{tag}.{operation}")


def models() -> Any:
    return importlib.import_module(f"{PACKAGE}.models")


@pytest.fixture
def caller(generated: str) -> Iterator[Any]:
    with importlib.import_module(PACKAGE).Client(base_url=generated) as client:
        yield client


@pytest.mark.slow
def test_a_generated_client_submits_lists_reads_and_deletes(caller: Any, service: Service) -> None:
    new = models().NewJob(source="film0000001", title="Heat", genres=["Drama", "Crime"])
    job = api("jobs", "submit_job").sync(client=caller, body=new, idempotency_key="one")
    assert (job.trailer_id, job.stage.value, job.title) == (TRAILER, "queued", "Heat")
    other = api("jobs", "submit_job").sync(client=caller, body=models().NewJob(source="film0000002"))
    page = api("jobs", "list_jobs").sync(client=caller, limit=1)
    last = api("jobs", "list_jobs").sync(client=caller, limit=1, cursor=page.next_)
    assert ([each.job_id for each in (*page.jobs, *last.jobs)], last.next_) == ([other.job_id, job.job_id], None)
    store_trailer(service, TRAILER)
    verdict = models().NewReviewDecisions.from_dict({"Drama": "accept"})
    api("trailers", "review_trailer").sync(client=caller, trailer_id=TRAILER, body=models().NewReview(verdict))
    found = api("trailers", "get_trailer").sync(client=caller, trailer_id=TRAILER)
    assert found.labels.genres == ["Drama"]
    file = api("trailers", "download_features").sync(client=caller, trailer_id=TRAILER)
    assert file.payload.read(6) == b"\x93NUMPY"
    gone = api("trailers", "delete_trailer").sync(client=caller, trailer_id=TRAILER)
    assert gone.removed.to_dict()["features"] == 1


@pytest.mark.slow
def test_a_generated_client_sends_lists_as_rows_and_as_files(caller: Any, service: Service) -> None:
    rows = {"rows": [{"url": "film0000003", "title": "Ronin", "genres": ["Action", "Thriller"], "house": "R-1"}]}
    submit = api("batches", "submit_batch").sync
    batch = submit(client=caller, body=models().SubmitBatchJsonBody.from_dict(rows), metadata=["house"])
    (row,) = api("batches", "list_batch_rows").sync(client=caller, batch_id=batch.batch_id).rows
    assert (row.row, row.source, row.title, row.status.value) == (1, "film0000003", "Ronin", "queued")
    file = importlib.import_module(f"{PACKAGE}.types").File(io.BytesIO(b"url\nfilm0000004\n"), "films.csv")
    by_file = submit(client=caller, body=file, name="films.csv")
    form = submit(client=caller, body=models().SubmitBatchFilesBody(file=file))
    assert (by_file.n_rows, by_file.name, form.n_rows) == (1, "films.csv", 1)


@pytest.mark.slow
def test_a_generated_client_is_told_what_is_wrong(caller: Any) -> None:
    answer = api("jobs", "submit_job").sync_detailed(
        client=caller, body=models().NewJob(source="film0000001", priority=999)
    )
    assert (answer.status_code, answer.parsed.code, answer.parsed.fields[0].field) == (422, "bad_request", "priority")
    missing = api("trailers", "get_trailer").sync(client=caller, trailer_id="youtube:nothing0000")
    assert (missing.code, json.loads(answer.content)["code"]) == ("not_found", "bad_request")
