import json
from pathlib import Path

import httpx
import pytest

from db.embedded.share import EmbeddedMongod
from db.queue.claims import Where
from db.queue.job_records import Claim, JobError
from tests.support.web_service import client_of, make_settings, open_service, store_trailer
from tests.worker.lists.spreadsheets import write_xlsx
from web.service import Service
from worker.batches.preparing import MAX_LINKS, BatchRequest, prepare
from worker.batches.results import deliver
from worker.jobs.bells import bell_of
from worker.service.web_settings import read_web_settings

CSV = {"Content-Type": "text/csv"}
TWO = b"url,id,title,genres\nhttps://youtu.be/video000001,tt1,One,Drama|Comedy\nhttps://youtu.be/video000002,tt2,Two,\n"
ROW = "https://youtu.be/video{:06}\n"


def send(client: httpx.Client, data: bytes, **params: str) -> dict[str, object]:
    answer = client.post("/v1/batches", content=data, headers=CSV, params=params)
    assert answer.status_code == 202, answer.text
    document: dict[str, object] = answer.json()
    return document


def claim(service: Service) -> Claim:
    """Have a worker take the next job."""
    where = Where("download", scratch="here")
    job = service.store.claims.claim(where, token="token", owner="test", lease_s=60, again=False)
    assert job is not None
    return Claim(job.job_id, "token")


def fail(service: Service, code: str, message: str = "no") -> None:
    service.store.claims.fail(claim(service), JobError(code, "permanent", message), wait_s=0)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (TWO, "text/csv"),
        (TWO.replace(b",", b"\t"), "text/tab-separated-values; charset=utf-8"),
        (b"# mine\nhttps://youtu.be/video000001\n\nvideo000002\n", "text/plain"),
        (b'{"url": "https://youtu.be/video000001", "title": "One"}\n{"url": "video000002"}\n', "application/jsonl"),
        (b'{"url": "https://youtu.be/video000001"}\n{"url": "video000002"}\n', "application/x-ndjson"),
        (b'[{"url": "https://youtu.be/video000001", "genres": ["Drama"]},\n  "video000002"]', "application/json"),
        (b'{"url": "https://youtu.be/video000001"}\n{"url": "video000002"}\n', "application/json; charset=utf-8"),
        (TWO, "application/octet-stream"),
    ],
)
def test_a_list_of_any_kind_becomes_jobs(client: httpx.Client, service: Service, data: bytes, kind: str) -> None:
    answer = client.post("/v1/batches", content=data, headers={"Content-Type": kind})
    assert answer.status_code == 202, answer.text
    found = client.get(answer.headers["Location"]).json()
    assert {**answer.json(), "resumed": None} == found
    assert (found["n_rows"], found["stages"], found["finished"]) == (2, {"queued": 2}, False)
    jobs = client.get("/v1/jobs").json()["jobs"]
    assert sorted(job["trailer_id"] for job in jobs) == ["youtube:video000001", "youtube:video000002"]


def test_a_spreadsheet_becomes_jobs_and_says_what_of_it_is_not_used(client: httpx.Client, tmp_path: Path) -> None:
    table = [["title", "rating", "trailer"], ["One", "8", "https://youtu.be/video000001"]]
    data = write_xlsx(tmp_path / "films.xlsx", {"Films": table}).read_bytes()
    batch = client.post("/v1/batches", files={"file": ("films.xlsx", data, "application/octet-stream")}).json()
    assert (batch["name"], batch["stages"]) == ("films.xlsx", {"queued": 1})
    assert [note[:31] for note in batch["notes"]] == ["not used: the columns 'rating';"]
    page = client.get(f"/batches/{batch['batch_id']}").text
    assert "How the list was read" in page and "columns &#39;rating&#39;" in page
    bad = client.post("/v1/batches", files={"file": ("films.xlsx", data[:-200], "application/octet-stream")})
    assert (bad.status_code, bad.json()["code"], "films.xlsx" in bad.json()["message"]) == (422, "bad_source", True)


def test_several_videos_in_a_single_source_are_refused_with_the_way_out(client: httpx.Client) -> None:
    two = {"source": "https://youtu.be/video000001 https://youtu.be/video000002"}
    answer = client.post("/v1/jobs", json=two)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_source")
    assert "several videos" in answer.json()["message"]
    batch = send(client, b"https://youtu.be/video000001 https://youtu.be/video000002\n")
    (row,) = client.get(f"/v1/batches/{batch['batch_id']}/rows").json()["rows"]
    assert (row["trailer_id"], "not youtube:video000002" in row["message"]) == ("youtube:video000001", True)


@pytest.mark.parametrize("data", [b"[]", b"[" * 50_000, b"{}", b"null", b'[{"url": ', b"[1, 2]"])
def test_a_json_list_without_rows_that_name_a_trailer_becomes_no_job(client: httpx.Client, data: bytes) -> None:
    answer = client.post("/v1/batches", content=data, headers={"Content-Type": "application/json"})
    if answer.status_code == 202:
        assert answer.json()["stages"] == {"failed": answer.json()["n_rows"]}
    else:
        assert (answer.status_code, answer.json()["code"]) in [(422, "empty_file"), (422, "bad_source")]
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_a_form_gives_the_list_its_name(client: httpx.Client) -> None:
    answer = client.post("/v1/batches", files={"file": ("../my <list>.csv", TWO, "application/vnd.ms-excel")})
    assert (answer.status_code, answer.json()["name"]) == (202, "my <list>.csv")
    named = client.post("/v1/batches", files={"file": ("x.csv", TWO + b"video000003\n")}, params={"name": "Autumn"})
    assert (named.json()["name"], named.json()["n_rows"]) == ("Autumn", 3)
    assert client.post("/v1/batches", files={"other": ("x.csv", TWO)}).status_code == 422


def test_the_same_list_again_goes_on(client: httpx.Client, service: Service) -> None:
    first, second = send(client, TWO), send(client, TWO)
    assert (first["resumed"], second["resumed"]) == (False, True)
    assert first["batch_id"] == second["batch_id"]
    other = send(client, TWO, mode="all")
    assert other["batch_id"] != first["batch_id"]
    assert len(client.get("/v1/batches").json()["batches"]) == 2
    assert len(client.get("/v1/batches", params={"limit": 1}).json()["batches"]) == 1


def test_a_path_in_a_list_is_a_bad_row_and_touches_no_file(client: httpx.Client, tmp_path: Path) -> None:
    here = tmp_path / "there.mp4"
    here.write_bytes(b"x")
    here.chmod(0)
    paths = [str(here), str(tmp_path / "not-there.mp4"), "/etc/passwd", "../x.mp4", "~root/x", "file:///etc/passwd"]
    batch = send(client, "\n".join(["url", *paths, "https://youtu.be/video000001"]).encode())
    assert batch["stages"] == {"failed": 6, "queued": 1}
    assert batch["causes"] == [{"code": "bad_source", "class": "permanent", "n": 6, "retryable": 0}]
    rows = client.get(f"/v1/batches/{batch['batch_id']}/rows").json()["rows"]
    assert {row["message"] for row in rows[:2]} == {rows[0]["message"]}  # it doesn't say which of them exists
    assert [row["source"] for row in rows[:6]] == paths


def test_a_poster_in_a_list_is_a_kept_one_and_no_file(client: httpx.Client, tmp_path: Path) -> None:
    poster = tmp_path / "poster.jpg"
    poster.write_bytes(b"x")
    batch = send(client, f"url,poster\nhttps://youtu.be/video000001,{poster}\n".encode())
    (row,) = client.get(f"/v1/batches/{batch['batch_id']}/rows").json()["rows"]
    assert row["status"] == "queued"
    assert "send the picture first" in row["message"]


@pytest.mark.slow
def test_ten_thousand_rows_are_taken_and_one_more_is_not(client: httpx.Client, service: Service) -> None:
    rows = "".join(ROW.format(number) for number in range(MAX_LINKS))
    batch = send(client, rows.encode())
    assert (batch["n_rows"], batch["stages"]) == (MAX_LINKS, {"queued": MAX_LINKS})
    answer = client.post("/v1/batches", content=(rows + ROW.format(MAX_LINKS)).encode(), headers=CSV)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert len(service.store.batches.list(limit=10)) == 1
    assert client.delete(f"/v1/batches/{batch['batch_id']}").json() == {"jobs": MAX_LINKS}


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty_file"),
        (b"\n\n# nothing\n", 422, "empty_file"),
        (b"\x00\x01\x02" * 100, 422, "bad_source"),
        (b"x" * (8 * 2**20 + 1), 413, "too_large"),
    ],
)
def test_what_is_no_list_is_refused_without_a_path(client: httpx.Client, data: bytes, status: int, code: str) -> None:
    answer = client.post("/v1/batches", content=data, headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "/home" not in answer.text
    assert "lists" not in answer.text
    assert client.get("/v1/batches").json()["batches"] == []


@pytest.mark.parametrize("params", [{"mode": "some"}, {"name": ""}, {"name": "x" * 501}, {"folder": "/etc"}])
def test_what_is_said_beside_a_list_must_make_sense(client: httpx.Client, params: dict[str, str]) -> None:
    answer = client.post("/v1/batches", content=TWO, headers=CSV, params=params)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


def test_failed_rows_are_tried_again_by_cause(client: httpx.Client, service: Service) -> None:
    path = f"/v1/batches/{send(client, TWO)['batch_id']}"
    fail(service, "private")
    fail(service, "geo_blocked")
    found = client.get(path).json()
    assert (found["stages"], found["finished"]) == ({"failed": 2}, True)
    assert {cause["code"]: cause["n"] for cause in found["causes"]} == {"private": 1, "geo_blocked": 1}
    refused = client.post(f"{path}/retry", json={"code": "private"})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "The video is private. Trying again won't help" in refused.json()["message"]
    forced = client.post(f"{path}/retry", json={"code": "private", "force": True})
    assert forced.json() == {"jobs": 1, "for_good": 0}
    assert client.get(path).json()["stages"] == {"failed": 1, "queued": 1}
    assert client.post(f"{path}/retry", json={"code": "corrupt"}).json() == {"jobs": 0, "for_good": 0}
    assert client.post(f"{path}/retry", json={}).json() == {"jobs": 0, "for_good": 1}
    assert client.post(f"{path}/retry", json={"force": True}).json() == {"jobs": 1, "for_good": 0}
    assert client.post(f"{path}/retry", json={"code": {"$ne": ""}}).status_code == 422


def test_all_failed_jobs_are_tried_again_only_where_so_many_are(client: httpx.Client, service: Service) -> None:
    send(client, TWO)
    fail(service, "private")
    assert client.post("/v1/jobs/retry", json={"code": "private"}).status_code == 409
    other = client.post("/v1/jobs/retry", json={"code": "private", "force": True, "n": 2})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    done = client.post("/v1/jobs/retry", json={"code": "private", "force": True, "n": 1})
    assert done.json() == {"jobs": 1, "for_good": 0}


def test_a_batch_is_cancelled(client: httpx.Client) -> None:
    path = f"/v1/batches/{send(client, TWO)['batch_id']}"
    assert client.delete(path).json() == {"jobs": 2}
    found = client.get(path).json()
    assert (found["stages"], found["finished"]) == ({"cancelled": 2}, True)
    assert client.delete(path).json() == {"jobs": 0}


def test_rows_come_a_page_at_a_time_in_the_lists_order(client: httpx.Client) -> None:
    batch = send(client, "".join(["url\n", *(ROW.format(number) for number in range(7))]).encode())
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = client.get(f"/v1/batches/{batch['batch_id']}/rows", params={"after": after, "limit": 3}).json()
        seen += [row["row"] for row in page["rows"]]
        after = page["next"]
    assert seen == [1, 2, 3, 4, 5, 6, 7]


def test_results_are_the_bytes_that_the_command_writes(client: httpx.Client, service: Service, tmp_path: Path) -> None:
    store_trailer(service, "youtube:video000001", title='=cmd|"/C calc"!A1')
    batch_id = send(client, TWO + b"/etc/passwd,,\xc3\xa9,\n")["batch_id"]
    batch = service.store.batches.get(str(batch_id))
    assert batch is not None
    for kind in ("csv", "jsonl"):
        out = tmp_path / f"results.{kind}"
        deliver(service.runtime, batch, out, as_json=False)
        answer = client.get(f"/v1/batches/{batch_id}/results.{kind}")
        assert answer.content == out.read_bytes()
        assert f'filename="trailers-{batch_id}.{kind}"' in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Type"] == "application/jsonl"
    assert [json.loads(line)["status"] for line in answer.text.splitlines()] == ["done", "queued", "failed"]
    assert client.get(f"/v1/batches/{batch_id}/results.xlsx").status_code == 404


def test_a_formula_in_a_list_is_inert_in_its_results(client: httpx.Client) -> None:
    evil = ('=HYPERLINK("http://evil")', "+1+1", "@SUM(A1)", "-2+3", "\t=1")
    lines = [json.dumps({"url": "https://youtu.be/video000001", "id": text, "title": text}) for text in evil]
    answer = client.post("/v1/batches", content="\n".join(lines), headers={"Content-Type": "application/jsonl"})
    table = client.get(f"{answer.headers['Location']}/results.csv").content.decode("utf-8-sig")
    for line in table.splitlines()[1:]:
        assert not [cell for cell in line.split(",") if cell.lstrip('"\t ')[:1] in ("=", "+", "@", "-")], line


def test_results_show_no_folder_of_this_machine_neither_in_the_api_nor_on_the_page(
    client: httpx.Client, service: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "anna's secret folder"
    folder.mkdir()
    (folder / "list.txt").write_text(f"{folder}/film.mp4\nhttps://youtu.be/video000001\n")
    order = BatchRequest(folder / "list.txt")
    batch = prepare(service.runtime, order, bell_of(service.settings)).batch
    fail(service, "corrupt", f"{str(folder / 'video.mp4')!r} is damaged")
    path = f"/batches/{batch.batch_id}"
    for place in (
        f"/v1{path}/rows",
        f"/v1{path}/results.csv",
        f"/v1{path}/results.jsonl",
        path,
        f"{path}?stage=failed",
    ):
        answer = client.get(place, headers={"Accept": "text/html"})
        assert "film.mp4" in answer.text
        assert "video.mp4" in answer.text
        assert "secret" not in answer.text


def test_a_batch_is_watched_to_its_end(client: httpx.Client) -> None:
    path = f"/v1/batches/{send(client, TWO)['batch_id']}"
    seen = []
    with client.stream("GET", f"{path}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data: "):
                seen.append(json.loads(line.removeprefix("data: "))["stages"])
                if len(seen) == 1:
                    client.delete(path)
    assert seen == [{"queued": 2}, {"cancelled": 2}]


def test_a_batch_that_vanishes_ends_its_events(client: httpx.Client, service: Service) -> None:
    path = f"/v1/batches/{send(client, TWO)['batch_id']}"
    with client.stream("GET", f"{path}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data: "):
                service.store._access.database["batches"].delete_many({})


@pytest.mark.parametrize("place", ["", "/rows", "/events", "/results.csv"])
def test_a_batch_that_is_not_there_is_not_found(client: httpx.Client, place: str) -> None:
    answer = client.get(f"/v1/batches/20261121-00000000{place}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client.get(f"/v1/batches/$ne{place}").status_code == 404


def test_a_list_of_more_rows_than_a_caller_may_have_jobs_is_refused_whole(
    tmp_path: Path, server: EmbeddedMongod
) -> None:
    settings = make_settings(tmp_path / "home", server)
    web = read_web_settings({"TRAILERS_OPEN_JOBS": "3"})
    with open_service(settings, web) as (service, url), client_of(url) as client:
        n_batches = len(service.store.batches.list())
        headers = {"Content-Type": "text/plain"}
        links = "".join(f"https://youtu.be/{number:011}\n" for number in range(4))
        answer = client.post("/v1/batches", content=links, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert len(service.store.batches.list()) == n_batches
