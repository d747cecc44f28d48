"""Files named over HTTP: paths below TRAILERS_ROOTS, and uploads that a list names."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from db.queue.job_records import Job
from db.queue.jobs import JobFilter
from extractor.networks.backbone import nothing
from tests.support.cheap_work import CheapBackbone
from tests.support.posters import make_poster
from tests.support.videos import make_clip
from tests.support.web_service import give_model, make_settings, open_service
from web.service import Service
from worker.errors import WorkerError
from worker.jobs import roots
from worker.jobs.bells import Bell
from worker.jobs.lease_keeper import Stop
from worker.jobs.runner import Runner
from worker.jobs.sent_files import SentFiles
from worker.runtime import Runtime
from worker.service.web_settings import read_web_settings

Form = Literal["NFC", "NFD"]
AWAY = "is not in a folder whose files may be named over HTTP"


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two roots, `films` (by a link, too) and `more`, and a place that is neither."""
    land = tmp_path_factory.mktemp("land")
    for name in ("films/WB-0001", "more", "away"):
        (land / name).mkdir(parents=True)
    (land / "link").symlink_to("films")
    return land


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, server: EmbeddedMongod, land: Path
) -> Iterator[tuple[Service, str]]:
    settings = make_settings(tmp_path_factory.mktemp("web") / "home", server).model_copy(
        update={"roots": (land / "link", land / "more")}
    )
    with open_service(settings, read_web_settings({"TRAILERS_REQUESTS_PER_MINUTE": "100000"})) as (service, url):
        give_model(service)
        yield service, url


@pytest.fixture
def video(land: Path, clip: Path) -> Iterator[Path]:
    """A video below the first root."""
    video = land / "films" / "WB-0001" / "trailer.mp4"
    shutil.copy(clip, video)
    yield video
    for folder in ("films/WB-0001", "more", "away"):
        for path in (land / folder).iterdir():
            path.unlink()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("other") / "other.mp4", seconds=1)


def send(client: httpx.Client, rows: list[str], uploads: dict[str, str] | None = None) -> list[dict[str, object]]:
    """Send a list and return its rows."""
    text = "\n".join(["file", *rows])
    form = {"uploads": json.dumps(uploads)} if uploads else {}
    answer = client.post("/v1/batches", files={"file": ("films.csv", text.encode())}, data=form)
    assert answer.status_code == 202, answer.text
    found: list[dict[str, object]] = client.get(f"{answer.headers['Location']}/rows").json()["rows"]
    return found


def upload(client: httpx.Client, path: Path, name: str) -> str:
    answer = client.post("/v1/uploads", content=path.read_bytes(), params={"name": name})
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["upload"]
    return found


def work(service: Service, **settings: object) -> dict[str, Job]:
    """Run all jobs that wait, with some other settings; return them by trailer."""
    with Runtime(service.settings.model_copy(update=settings)) as runtime:
        runtime.network = CheapBackbone(runtime.weights, nothing)  # type: ignore[assignment]
        runner = Runner(runtime, owner="test", bell=Bell(), stop=Stop(grace_s=1))
        while any(runner.run_one(lane) for lane in ("classify", "extract")):
            pass
    return {job.trailer_id: job for job in service.store.jobs.list(JobFilter())}


def id_of(path: Path) -> str:
    return f"file:{sha256(path.read_bytes()).hexdigest()[:16]}"


def test_a_list_names_files_below_the_roots_and_they_are_predicted(
    client: httpx.Client, service: Service, land: Path, video: Path, other: Path
) -> None:
    shutil.copy(other, land / "more" / "other.mp4")
    paths = ["WB-0001/trailer.mp4", "other.mp4", str(land / "link/WB-0001/trailer.mp4"), str(video)]
    rows = send(client, paths)
    assert [row["trailer_id"] for row in rows] == [id_of(video), id_of(other), id_of(video), id_of(video)]
    jobs = work(service)
    assert {job.stage for job in jobs.values()} == {"done"}, [job.error for job in jobs.values()]
    trailer = client.get(f"/v1/trailers/{id_of(video)}").json()
    assert trailer["source"]["title"] == "trailer.mp4"
    assert str(land) not in json.dumps(client.get("/v1/jobs").json())


def test_a_job_names_a_file_below_a_root(client: httpx.Client, service: Service, video: Path) -> None:
    job = client.post("/v1/jobs", json={"source": "WB-0001/trailer.mp4"})
    assert (job.status_code, job.json()["trailer_id"], job.json()["source"]) == (202, id_of(video), "trailer.mp4")
    assert work(service)[id_of(video)].stage == "done"


@pytest.mark.parametrize(("stored", "named"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_name_may_be_composed_another_way(client: httpx.Client, video: Path, stored: Form, named: Form) -> None:
    video.rename(video.with_name(normalize(stored, "Amélie.mp4")))
    answer = client.post("/v1/jobs", json={"source": normalize(named, "WB-0001/Amélie.mp4")})
    assert answer.status_code == 202, answer.text


def test_what_leads_out_of_the_roots_is_refused_alike_whether_it_is_there_or_not(
    client: httpx.Client, land: Path, video: Path
) -> None:
    shutil.copy(video, land / "away" / "there.mp4")
    (land / "films/WB-0001/out.mp4").symlink_to(land / "away/there.mp4")
    (land / "films/WB-0001/lost.mp4").symlink_to(land / "away/not-there.mp4")
    (land / "films/WB-0001/folder").symlink_to(land / "away")
    (land / "away/in.mp4").symlink_to(video)
    paths = [
        *(f"WB-0001/{name}" for name in ("out.mp4", "lost.mp4", "folder/there.mp4", "folder/not-there.mp4")),
        *(str(land / "away" / name) for name in ("there.mp4", "not-there.mp4", "in.mp4")),
        *(
            "../away/there.mp4",
            "../away/not-there.mp4",
            "WB-0001/../WB-0001/trailer.mp4",
            "/etc/passwd",
            "/etc/nothing",
        ),
        *(f"{land}/link/../away/there.mp4", f"{land}/linked/there.mp4", "/proc/self/root/etc/passwd", "/"),
    ]
    rows = send(client, paths)
    assert [(row["status"], row["code"], AWAY in str(row["message"])) for row in rows] == [
        ("failed", "bad_source", True)
    ] * len(paths)
    assert len({str(row["message"]).partition(AWAY)[2] for row in rows}) == 1
    for source in paths:
        answer = client.post("/v1/jobs", json={"source": source})
        assert (answer.status_code, answer.json()["code"], str(land) in answer.text) == (422, "bad_source", False)


def test_what_is_below_a_root_and_no_video_is_refused_with_its_reason(
    client: httpx.Client, land: Path, video: Path
) -> None:
    here = land / "films/WB-0001"
    os.mkfifo(here / "pipe.mp4")
    (here / "loop.mp4").symlink_to("loop.mp4")
    (here / "text.mp4").write_text("no video")
    (here / "empty.mp4").touch()
    (here / "null.mp4").symlink_to("/dev/null")
    found = {
        "WB-0001": "bad_source",
        "WB-0001/pipe.mp4": "bad_source",
        "WB-0001/loop.mp4": "bad_source",
        "WB-0001/null.mp4": "bad_source",
        "WB-0001/text.mp4": "not_media",
        "WB-0001/empty.mp4": "empty_file",
        "WB-0001/gone.mp4": "file_not_found",
        "WB-0001/trailer.mp4/x.mp4": "file_not_found",
        f"{'x' * 300}.mp4": "file_not_found",
        "~/trailer.mp4": "file_not_found",
    }
    rows = send(client, [*found, "WB-0001/trailer.mp4"])
    assert {str(row["source"]): row["code"] for row in rows[:-1]} == found
    assert rows[-1]["status"] == "queued"
    assert str(land) not in json.dumps(rows)


def test_a_device_is_not_even_opened(land: Path, service: Service, video: Path) -> None:
    device = land / "films/WB-0001/device.mp4"
    try:
        os.mknod(device, 0o600 | 0o020000, os.makedev(10, 130))  # the watchdog: a reader has to go on or it reboots
    except PermissionError:
        pytest.skip("only root makes devices")
    with pytest.raises(Exception, match="not a regular file") as caught:
        roots.read_below(service.settings, "WB-0001/device.mp4")
    assert getattr(caught.value, "code", None) == "bad_source"


@contextmanager
def swapped(video: Path) -> Iterator[None]:
    """Make the folder of a video a link to the one that is away; the video moves aside."""
    aside = video.parent.with_name("aside")
    video.parent.rename(aside)
    video.parent.symlink_to(video.parents[2] / "away")
    try:
        yield
    finally:
        video.parent.unlink()
        aside.rename(video.parent)


def test_the_worker_looks_again_where_a_folder_leads(
    client: httpx.Client, service: Service, land: Path, video: Path
) -> None:
    assert client.post("/v1/jobs", json={"source": "WB-0001/trailer.mp4"}).status_code == 202
    trailer_id = id_of(video)
    shutil.copy(video, land / "away" / "trailer.mp4")  # the same bytes: the digest alone would let it pass
    with swapped(video):
        error = work(service)[trailer_id].error
    assert error is not None
    assert (error.code, AWAY in error.message) == ("bad_source", True)


@pytest.mark.parametrize(
    ("leads_to", "code"),
    [("trailer.mp4", "bad_source"), ("not-there.mp4", "bad_source"), (None, "file_not_found")],
)
def test_the_worker_looks_again_where_a_file_leads(
    client: httpx.Client, service: Service, land: Path, video: Path, leads_to: str | None, code: str
) -> None:
    assert client.post("/v1/jobs", json={"source": "WB-0001/trailer.mp4"}).status_code == 202
    trailer_id = id_of(video)
    video.rename(land / "away" / "trailer.mp4")
    if leads_to:
        video.symlink_to(land / "away" / leads_to)
    error = work(service)[trailer_id].error
    assert error is not None
    assert (error.code, AWAY in error.message) == (code, code == "bad_source")


def test_the_worker_takes_no_other_file_in_its_place_and_none_below_a_root_that_was_closed(
    client: httpx.Client, service: Service, video: Path, other: Path
) -> None:
    job_id = client.post("/v1/jobs", json={"source": "WB-0001/trailer.mp4"}).json()["job_id"]
    trailer_id = id_of(video)
    closed = work(service, roots=())[trailer_id].error
    assert closed is not None
    assert closed.code == "bad_source"
    shutil.copy(other, video)
    client.post(f"/v1/jobs/{job_id}/retry")
    changed = work(service)[trailer_id].error
    assert changed is not None
    assert (changed.code, "was changed after it was submitted" in changed.message) == ("file_not_found", True)


def test_a_folder_that_becomes_a_link_while_a_file_is_opened_leads_nowhere(
    service: Service, land: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(video, land / "away" / "trailer.mp4")
    with ExitStack() as later:
        open_now = os.open

        def swap_and_open(path: str, flags: int) -> int:
            later.enter_context(swapped(video))
            return open_now(path, flags)

        monkeypatch.setattr("worker.jobs.roots.os.open", swap_and_open)
        with pytest.raises(WorkerError, match=AWAY):
            roots.read_below(service.settings, "WB-0001/trailer.mp4")
        monkeypatch.undo()


def test_an_opened_file_stays_the_same_for_child_processes_whatever_its_folder_becomes(
    service: Service, land: Path, video: Path
) -> None:
    (land / "away" / "trailer.mp4").write_text("something else")
    data = video.read_bytes()
    with roots.open_below(service.settings, video) as opened, swapped(video):
        assert (opened.name, opened.read_bytes()) == ("trailer.mp4", data)
        assert subprocess.run(["cat", opened], capture_output=True, check=True).stdout == data
    assert not opened.is_symlink()


def test_a_poster_in_a_list_may_be_a_file_below_a_root(client: httpx.Client, land: Path, video: Path) -> None:
    make_poster(land / "films/WB-0001/poster.jpg")
    make_poster(land / "away/poster.jpg")
    posters = ["WB-0001/poster.jpg", str(land / "away/poster.jpg"), "WB-0001/trailer.mp4"]
    text = "\n".join(["file,poster", *(f"WB-0001/trailer.mp4,{poster}" for poster in posters)])
    answer = client.post("/v1/batches", content=text.encode(), headers={"Content-Type": "text/csv"})
    rows = client.get(f"{answer.headers['Location']}/rows").json()["rows"]
    assert rows[0]["message"] is None
    assert "(bad_source)" in rows[1]["message"]
    assert "(bad_poster)" in rows[2]["message"]
    assert str(land) not in json.dumps(rows)


def test_a_list_names_the_files_that_were_sent_before_it(
    client: httpx.Client, service: Service, clip: Path, other: Path
) -> None:
    one, two = upload(client, clip, "WB-0001.mp4"), upload(client, other, "WB-0002.mp4")
    assert client.get("/v1/jobs").json()["jobs"] == []  # nothing starts before the list
    uploads = {"set/WB-0001.mp4": one, "set/WB-0002.mp4": two}
    rows = send(client, ["WB-0001.mp4", "D:\\masters\\WB-0002.mp4", f"upload:{one}", two, "WB-0003.mp4"], uploads)
    assert [row["trailer_id"] for row in rows] == [f"file:{each}" for each in (one, two, one, two)] + [None]
    assert (rows[4]["code"], AWAY in str(rows[4]["message"])) == ("file_not_found", False)
    assert {job.stage for job in work(service).values()} == {"done"}


def test_sent_files_that_no_row_names_are_told_and_not_started(client: httpx.Client, clip: Path, other: Path) -> None:
    one, two = upload(client, clip, "WB-0001.mp4"), upload(client, other, "WB-0002.mp4")
    form = {"uploads": json.dumps({"WB-0001.mp4": one, "extra/WB-0002.mp4": two})}
    answer = client.post("/v1/batches", files={"file": ("films.csv", b"file\nWB-0001.mp4\n")}, data=form)
    assert answer.json()["notes"] == ["sent, but named by no row, so nothing was started: 'extra/WB-0002.mp4'"]
    assert [job["trailer_id"] for job in client.get("/v1/jobs").json()["jobs"]] == [f"file:{one}"]


def test_the_same_list_with_more_files_is_another_batch(client: httpx.Client, clip: Path, other: Path) -> None:
    one, two = upload(client, clip, "1.mp4"), upload(client, other, "2.mp4")
    assert [row["status"] for row in send(client, ["1.mp4", "2.mp4"], {"1.mp4": one})] == ["queued", "failed"]
    assert [row["status"] for row in send(client, ["1.mp4", "2.mp4"], {"1.mp4": one, "2.mp4": two})] == ["queued"] * 2


def test_an_upload_that_is_gone_is_its_rows_own_error(client: httpx.Client, clip: Path) -> None:
    rows = send(client, ["1.mp4", "2.mp4"], {"1.mp4": "0" * 16, "2.mp4": upload(client, clip, "2.mp4")})
    assert [(row["status"], row["code"]) for row in rows] == [("failed", "file_not_found"), ("queued", None)]
    assert "upload it again" in str(rows[0]["message"])


@pytest.mark.parametrize(
    ("uploads", "status"),
    [
        ("{", 422),
        ("[]", 422),
        ('{"a.mp4": "../../etc/passwd"}', 422),
        ('{"a.mp4": 1}', 422),
        ('{"": "0123456789abcdef"}', 422),
        (json.dumps({f"{number}.mp4": "0" * 16 for number in range(10_001)}), 422),
        ("x" * (2**20 + 1), 413),
    ],
)
def test_uploads_that_are_no_names_with_ids_are_refused(client: httpx.Client, uploads: str, status: int) -> None:
    answer = client.post("/v1/batches", files={"file": ("films.csv", b"file\na.mp4\n")}, data={"uploads": uploads})
    assert (answer.status_code, answer.json()["code"]) == (status, "too_large" if status == 413 else "bad_request")
    assert client.get("/v1/batches").json()["batches"] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a/one.mp4", "1"),
        ("/mnt/films/a/one.mp4", "1"),
        ("films\\b\\one.mp4", "2"),
        ("two.mp4", "3"),
        ("e\u0301te\u0301.mp4", "4"),
        ("\u00e9t\u00e9.mp4", "4"),
        ("same.mp4", "5"),
        ("three.mp4", None),
        ("https://example.org/two.mp4", None),
    ],
)
def test_a_sent_file_is_found_by_as_much_of_its_path_as_is_needed(text: str, found: str | None) -> None:
    names = {"a/one.mp4": "1", "b/one.mp4": "2", "c/two.mp4": "3", "\u00e9te\u0301.mp4": "4"}
    assert SentFiles({**names, "c/same.mp4": "5", "d/same.mp4": "5"}).find(text) == found


def test_thousands_of_sent_files_may_have_one_name_in_folders_of_their_own() -> None:
    sent = SentFiles({f"{number}/trailer.mp4": f"{number:016x}" for number in range(3000)})
    begun = time.monotonic()
    assert [sent.find(f"films/{number}/trailer.mp4") for number in range(3000)] == list(sent.uploads.values())
    assert time.monotonic() - begun < 1


def test_a_name_that_several_sent_files_have_is_an_error_of_its_row() -> None:
    with pytest.raises(WorkerError, match="may be any of several sent files") as caught:
        SentFiles({"a/one.mp4": "1", "b/one.mp4": "2"}).find("one.mp4")
    assert caught.value.code == "bad_source"
