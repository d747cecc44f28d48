"""The process of the page: it starts, refuses strangers, ends when told to, and is started again when it dies."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from tests.support.cheap_work import Plan
from tests.support.service import ROOT, Running, Service, kill, link, words
from tests.support.web_service import client_of
from tests.support.working import wait_until

LINK = {"source": "https://youtu.be/eRsGyueVLvQ"}
ADDRESS = re.compile(r"http://127\.0\.0\.1:[0-9]+")


@contextmanager
def serve(home: Path, server: EmbeddedMongod, **more: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run `python -m web` on a free port; give the process and the address it names."""
    home.mkdir()
    (home / "cheap.h5").write_bytes(b"no network")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRAILERS_")},
        "TRAILERS_HOME": str(home),
        "TRAILERS_WEIGHTS": str(home / "cheap.h5"),
        "MONGODB_URI": server.uri,
        "TRAILERS_PORT": "0",
        "PYTHONPATH": str(ROOT),
        **more,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "web"], cwd=home, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        said = ""
        while (found := ADDRESS.search(said)) is None:
            line = process.stderr.readline()
            assert line, said
            said += line
        yield process, found[0]
    finally:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.slow
def test_a_signal_ends_it_and_what_is_watched_is_not_cut_off_when_patience_ends(
    tmp_path: Path, server: EmbeddedMongod, number: signal.Signals
) -> None:
    watching = threading.Semaphore(0)

    def watch(url: str, path: str) -> None:
        with client_of(url) as client, client.stream("GET", path) as events:
            for line in events.iter_lines():  # raises where the stream is cut off
                if line.startswith("data: "):
                    watching.release()

    with serve(tmp_path / "home", server) as (process, url), ThreadPoolExecutor(3) as pool:
        job = httpx.post(f"{url}/v1/jobs", json=LINK, timeout=60).headers["Location"]
        watchers = [pool.submit(watch, url, f"{job}/events") for _ in range(3)]
        assert all(watching.acquire(timeout=60) for _ in range(3))
        process.send_signal(number)
        assert process.wait(timeout=60) in (0, 128 + number)
        assert [watcher.exception(timeout=60) for watcher in watchers] == [None] * 3


def test_with_tokens_it_refuses_whoever_has_none(tmp_path: Path, server: EmbeddedMongod) -> None:
    with serve(tmp_path / "home", server, TRAILERS_TOKENS="anna=a-token-of-anna") as (_, url):
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
        refused = httpx.get(f"{url}/v1/jobs")
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
        assert "a-token-of-anna" not in refused.text
        anna = {"Authorization": "Bearer a-token-of-anna"}
        assert httpx.get(f"{url}/v1/jobs", headers=anna).status_code == 200
        assert httpx.get(url, headers={"Accept": "text/html"}).headers["Location"] == "/login?next=/"


def test_it_listens_to_others_only_where_tokens_say_who_they_are(tmp_path: Path) -> None:
    environment = {**os.environ, "TRAILERS_HOST": "0.0.0.0", "TRAILERS_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "web"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.returncode != 0
    assert "TRAILERS_TOKENS" in done.stderr


def web_processes(running: Running) -> list[int]:
    return [each.pid for each in running.family() if words(each)[-2:] == ["-m", "web"]]


@pytest.mark.slow
def test_a_killed_page_is_started_again_where_it_was_and_no_job_is_lost(tmp_path: Path, clip: Path) -> None:
    plan = Plan(folder=str(tmp_path), clip=str(clip))
    with Service(tmp_path / "home", plan, TRAILERS_PORT="0") as service, service.up("up") as running:
        service.until(lambda: ADDRESS.search(service.log.read_text()) is not None)
        (url,) = set(ADDRESS.findall(service.log.read_text()))
        with client_of(url) as client:
            asked = client.post("/v1/jobs", json={"source": link(1)})  # it waits for the process to begin
            assert asked.status_code == 202
            wait_until(lambda: client.get(asked.headers["Location"]).json()["stage"] == "done")
        (before,) = web_processes(running)
        for process in running.family():
            if process.pid == before:
                kill(process)
        with client_of(url) as client:  # the socket stayed open: nobody is refused meanwhile
            job = client.get(asked.headers["Location"]).json()
            assert (job["stage"], job["result"]["n_frames"]) == ("done", 2)
            again = client.post("/v1/jobs", json={"source": link(2)})
            wait_until(lambda: client.get(again.headers["Location"]).json()["stage"] == "done")
        (after,) = web_processes(running)
        assert after != before
        assert json.loads(service.command("jobs", "list", "--json").stdout.splitlines()[0])["stage"] == "done"
    assert running.status in (0, 130)
