import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from db.queue.jobs import JobFilter
from extractor.networks.backbone import nothing
from tests.support.cheap_work import CheapBackbone
from tests.support.models import make_lstm_model, put_to_use
from tests.support.posters import make_poster
from tests.support.service import ROOT
from tests.support.web_service import give_model, make_settings, open_service
from tests.support.working import wait_until
from tests.worker.predicting.test_given_analysis import GHOST
from web import body_limits
from web.api import predictions
from web.pages import tryouts
from web.service import Service
from worker.jobs.bells import Bell
from worker.jobs.lease_keeper import Stop
from worker.jobs.runner import Runner
from worker.jobs.single_jobs import poster_id
from worker.runtime import Runtime
from worker.service.web_settings import read_web_settings

NAMES = {
    "../../etc/cron.d/evil.mp4": "evil.mp4",
    "C:\\Users\\anna\\trailer.mp4": "trailer.mp4",
    "two\r\nX-Evil: 1.mp4": "twoX-Evil: 1.mp4",
    "nul\x00.mp4": "nul.mp4",
    "🎬 trailer.mp4": "🎬 trailer.mp4",
    "<script>alert(1)<": "<script>alert(1)<",
    "..": "video",
    ".sha256": "video.sha256",
    "x" * 400 + ".mp4": "x" * 116 + ".mp4",
}
HEAVY = ("tensorflow", "keras", "sklearn", "torch")
IMPORTS = f"""
import asyncio
import sys
from pathlib import Path
import httpx
from tests.support.web_service import make_settings
import web.application
from web.service import Service
from worker.runtime import Runtime
from worker.service.web_settings import read_web_settings
with Runtime(make_settings(Path(sys.argv[1])), patience_s=30) as runtime:
    app = web.application.create_app(Service(runtime, read_web_settings({{}})))
    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
            return (await client.post("/v1/plots/predict", json={{"plot": {GHOST!r}}})).json()
    print(asyncio.run(ask())["genres"][0]["genre"])
print([name for name in {HEAVY!r} if name in sys.modules])
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, server: EmbeddedMongod) -> Iterator[tuple[Service, str]]:
    settings = make_settings(tmp_path_factory.mktemp("web") / "home", server).model_copy(update={"max_download_mb": 1})
    with open_service(settings, read_web_settings({"TRAILERS_REQUESTS_PER_MINUTE": "100000"})) as (service, url):
        give_model(service)
        yield service, url


@pytest.fixture
def work(service: Service) -> Iterator[None]:
    """A worker that does cheap work, beside the service."""
    over = threading.Event()
    with Runtime(service.settings) as runtime:
        runtime.network = CheapBackbone(runtime.weights, nothing)  # type: ignore[assignment]
        runner = Runner(runtime, owner="test", bell=Bell(), stop=Stop(grace_s=1))

        def run() -> None:
            while not over.is_set():
                if not any(runner.run_one(lane) for lane in ("classify", "extract", "download")):
                    over.wait(0.05)

        thread = threading.Thread(target=run)
        thread.start()
        yield
        over.set()
        thread.join()


def parts_of(service: Service) -> list[Path]:
    """Return what is left of uploads that were not finished."""
    folders = os.walk(service.settings.home / "uploads" / "parts")  # passes over what is removed meanwhile
    return [Path(folder) / name for folder, _, names in folders for name in names]


@pytest.mark.slow
@pytest.mark.usefixtures("work")
def test_a_plot_is_predicted_by_a_worker_where_the_model_in_use_needs_tensorflow(
    client: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "WAIT_S", 60)
    record = put_to_use(service.store, make_lstm_model())
    answer = client.post("/v1/plots/predict", json={"plot": "A ghost in the garden."})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["model_id"], found["modalities"], len(found["genres"])) == (record.model_id, ["plot"], 4)
    assert {word["word"] for word in found["words"]} <= {"a", "ghost", "in", "the", "garden"}
    unknown = client.post("/v1/plots/predict", json={"plot": "Quelle surprise"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "bad_plot")
    assert unknown.json()["job_id"]


def test_a_plot_waits_as_a_job_where_no_worker_is_and_says_so_on_the_page(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "WAIT_S", 0.1)
    assert "Nothing you type is stored" in client.get("/plot").text
    for module in (predictions, tryouts):  # as if the model in use needed TensorFlow
        monkeypatch.setattr(module, "is_light", lambda label: False)
    assert "what you type is kept for a day" in client.get("/plot").text
    answer = client.post("/v1/plots/predict", json={"plot": "A ghost in the garden."})
    job = client.get(answer.headers["Location"]).json()
    assert (answer.status_code, job["site"], job["stage"], job["lane"]) == (202, "plot", "queued", "classify")
    assert "ghost" not in str(client.get("/v1/jobs").json()["jobs"])
    blank = client.post("/v1/plots/predict", json={"plot": " ... "})
    assert (blank.status_code, blank.json()["code"]) == (422, "bad_plot")


def test_an_upload_is_what_a_job_may_name(client: httpx.Client, clip: Path) -> None:
    digest = sha256(clip.read_bytes()).hexdigest()
    raw = client.post("/v1/uploads", content=clip.read_bytes(), params={"name": "My film.mp4"})
    assert (raw.status_code, raw.json()) == (201, {"upload": digest[:16], "source": f"upload:{digest[:16]}"})
    form = client.post("/v1/uploads", files={"note": (None, "x"), "file": ("other.mp4", clip.read_bytes())})
    assert form.json() == raw.json()
    job = client.post("/v1/jobs", json={"source": raw.json()["source"]})
    assert (job.status_code, job.json()["trailer_id"]) == (202, f"file:{digest[:16]}")
    assert (job.json()["source"], job.json()["title"]) == ("My film.mp4", "My film.mp4")


@pytest.mark.parametrize(("name", "kept"), NAMES.items())
@pytest.mark.parametrize("way", ["query", "form"])
def test_a_files_name_is_a_name_and_never_a_path(
    client: httpx.Client, service: Service, clip: Path, name: str, kept: str, way: str
) -> None:
    data = clip.read_bytes()
    if way == "query":
        answer = client.post("/v1/uploads", content=data, params={"name": name})
    else:
        quoted = name.replace("\\", "\\\\")
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n' % quoted.encode()
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        answer = client.post("/v1/uploads", content=head + data + b"\r\n--b--\r\n", headers=headers)
        if "\r" in name or "\0" in name:  # no header holds them
            assert answer.status_code in (201, 422)
            return
    assert answer.status_code == 201, answer.text
    folder = service.settings.home / "uploads" / answer.json()["upload"]
    assert sorted(path.name for path in folder.iterdir() if path.name != ".sha256") == [kept]


def form(*parts: bytes, end: bytes = b"--b--\r\n") -> bytes:
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end


FILE = b'Content-Disposition: form-data; name="file"; filename="x.mp4"\r\n\r\nxx'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (form(), "multipart/form-data; boundary=b"),
        (
            form(b'Content-Disposition: form-data; name="other"; filename="x"\r\n\r\nxx'),
            "multipart/form-data; boundary=b",
        ),
        (form(b'Content-Disposition: form-data; name="file"\r\n\r\nxx'), "multipart/form-data; boundary=b"),
        (form(b"\r\nxx"), "multipart/form-data; boundary=b"),
        (form(FILE, FILE), "multipart/form-data; boundary=b"),
        (form(FILE, end=b""), "multipart/form-data; boundary=b"),
        (form(*[b'Content-Disposition: form-data; name="x"\r\n\r\n1'] * 20, FILE), "multipart/form-data; boundary=b"),
        (form(b"X: " + b"y" * 9000 + b"\r\n" + FILE), "multipart/form-data; boundary=b"),
        (form(FILE), "multipart/form-data"),
        (form(FILE), "multipart/form-data; boundary="),
        (form(FILE), f"multipart/form-data; boundary={'b' * 300}"),
        (b"nothing of the kind", "multipart/form-data; boundary=b"),
        (b"", "multipart/form-data; boundary=b"),
    ],
)
def test_a_form_that_is_none_is_refused_and_leaves_nothing(
    client: httpx.Client, service: Service, data: bytes, kind: str
) -> None:
    for path in ("/v1/uploads", "/v1/posters"):
        answer = client.post(path, content=data, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), answer.text
    assert parts_of(service) == []


def test_a_file_that_grows_too_large_is_refused_while_it_comes(client: httpx.Client, service: Service) -> None:
    limit = service.settings.max_download_bytes
    said = client.post("/v1/uploads", content=b"x" * (limit + 10_000))
    assert (said.status_code, said.json()["code"]) == (413, "too_large")
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.mp4"\r\n\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    for begin, headers in ((b"", {}), (head, kind)):
        streamed = client.post("/v1/uploads", content=pieces(begin, n_bytes=limit + 2**18), headers=headers)
        assert (streamed.status_code, streamed.json()["code"]) == (413, "too_large")
    assert parts_of(service) == []


def pieces(begin: bytes, *, n_bytes: int) -> Iterator[bytes]:
    yield begin
    for _ in range(n_bytes // 2**16):
        yield bytes(2**16)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"not a film at all", "not_media"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, "unsupported_format"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "unsafe_reference"),
    ],
)
def test_what_is_no_video_is_refused_by_its_name_alone(
    client: httpx.Client, service: Service, data: bytes, code: str
) -> None:
    answer = client.post("/v1/uploads", content=data, params={"name": "x.mp4"})
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert str(service.settings.home) not in answer.text
    assert parts_of(service) == []


def test_an_upload_that_breaks_off_leaves_nothing(client: httpx.Client, service: Service, clip: Path) -> None:
    address = urlsplit(str(client.base_url))
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    connection.putrequest("POST", "/v1/uploads")
    connection.putheader("Content-Length", "100000")
    connection.endheaders(b"x" * 1000)
    wait_until(lambda: len(parts_of(service)) > 0)
    connection.close()
    wait_until(lambda: parts_of(service) == [])


def test_a_body_that_stops_coming_is_not_waited_for(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limits, "IDLE_S", 0.3)
    address = urlsplit(str(client.base_url))
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    connection.putrequest("POST", "/v1/posters")
    connection.putheader("Content-Length", "100000")
    connection.endheaders(b"x" * 1000)
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["code"]) == (408, "bad_request")
    connection.close()


@pytest.mark.usefixtures("work")
def test_an_uploaded_film_with_its_poster_is_judged(client: httpx.Client, clip: Path, tmp_path: Path) -> None:
    poster = client.post("/v1/posters", content=make_poster(tmp_path / "poster.jpg").read_bytes()).json()["poster"]
    source = client.post("/v1/uploads", files={"file": ("a film.mp4", clip.read_bytes())}).json()["source"]
    asked = client.post("/v1/jobs", json={"source": source, "poster": poster, "plot": GHOST})
    with client.stream("GET", f"{asked.headers['Location']}/events") as events:
        *_, last = (line for line in events.iter_lines() if line.startswith("data: "))
    job = json.loads(last.removeprefix("data: "))
    assert (job["stage"], job["error"], job["result"]["n_frames"]) == ("done", None, 2)
    trailer = client.get(f"/v1/trailers/{job['trailer_id']}").json()
    assert (trailer["poster"], trailer["plot"]) == (poster, GHOST)
    assert client.get(f"/posters/{poster}.webp").headers["Content-Type"] == "image/webp"
    again = client.post("/v1/jobs", json={"source": source, "poster": poster, "plot": GHOST})
    assert (again.status_code, again.json()["job_id"]) == (200, job["job_id"])


@pytest.mark.usefixtures("work")
def test_a_poster_alone_is_judged_at_once_where_a_worker_is(client: httpx.Client, tmp_path: Path) -> None:
    data = make_poster(tmp_path / "poster.jpg").read_bytes()
    answer = client.post("/v1/posters/predict", content=data)
    assert answer.status_code == 200, answer.text
    verdict = answer.json()
    assert verdict["poster"] == sha256(data).hexdigest()
    assert (verdict["trailer_id"], len(verdict["genres"])) == (poster_id(verdict["poster"]), 4)
    assert client.post("/v1/posters/predict", files={"file": ("p.jpg", data)}).json() == verdict


def test_a_poster_alone_waits_as_a_job_where_no_worker_is(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "WAIT_S", 0.2)
    answer = client.post("/v1/posters/predict", content=make_poster(tmp_path / "poster.jpg").read_bytes())
    assert answer.status_code == 202
    job = client.get(answer.headers["Location"]).json()
    assert (job["site"], job["stage"], job["priority"]) == ("poster", "queued", 100)


def test_more_posters_than_there_are_threads_wait_and_hold_nobody_up(
    client: httpx.Client, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictions, "WAIT_S", 600)
    posters = [make_poster(tmp_path / f"{number}.jpg", seed=number).read_bytes() for number in range(45)]
    with ThreadPoolExecutor(len(posters)) as pool:
        waiting = [pool.submit(client.post, "/v1/posters/predict", content=data, timeout=600) for data in posters]
        try:
            wait_until(lambda: service.store.jobs.count_open("local", at_most=99) == len(posters))
            assert client.get("/v1/jobs", params={"limit": 1}).status_code == 200
            assert not any(answer.done() for answer in waiting), "it was answered while they all waited"
        finally:
            service.store.jobs.cancel(JobFilter())


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff\xe0" + b"\x00" * 100, b"GIF89a"])
def test_what_is_no_poster_is_refused(client: httpx.Client, data: bytes) -> None:
    for path in ("/v1/posters", "/v1/posters/predict"):
        answer = client.post(path, content=data)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_poster"), answer.text
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_a_plot_with_markup_comes_back_as_text(client: httpx.Client) -> None:
    text = f"<script>alert(1)</script> {GHOST} $where {{{{7*7}}}}"
    answer = client.post("/v1/plots/predict", json={"plot": text})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    verdict = answer.json()
    assert verdict["words"]
    assert verdict["modalities"] == ["plot"]
    assert not [word for word in verdict["words"] if "<" in word["word"]]
    blank = client.post("/v1/plots/predict", json={"plot": " \n "})
    assert (blank.status_code, blank.json()["code"]) == (422, "bad_plot")


def test_the_web_process_judges_a_plot_without_any_heavy_library(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, str(tmp_path / "home")], cwd=ROOT, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
    assert len(done.stdout.splitlines()) == 2
