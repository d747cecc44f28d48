"""`trailers batch` as a user runs it: real processes, a real database, kills and interrupts; only the work is cheap."""

import csv
import io
import json
import shutil
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from db.queue.job_records import FINISHED
from db.queue.jobs import JobFilter
from tests.support.cheap_work import Plan
from tests.support.service import Service, kill, link, stored, video_id
from worker.service.batch_run import LOG_FILE


@pytest.fixture
def service(tmp_path: Path, clip: Path) -> Iterator[Service]:
    with Service(tmp_path / "home", Plan(folder=str(tmp_path), clip=str(clip), download_s=0.1)) as service:
        yield service


def write_list(folder: Path, n_rows: int) -> Path:
    path = folder / "links.txt"
    path.write_text("".join(f"{link(number)}\n" for number in range(n_rows)))
    return path


def write_ten_rows(folder: Path, clip: Path) -> Path:
    """Write a list with all that goes wrong in lists: six rows are good, and five trailers."""
    shutil.copy(clip, folder / "own clip.mp4")
    rows = [
        (link(1), "tt1", "One", "Drama", 'a plot\nwith "two" lines'),
        (link(2), "tt2", "=HYPERLINK(0)", "War|Drama", ""),
        ("https://evil.example/x", "tt3", "Evil", "", ""),
        (f"https://youtu.be/{video_id(1)}?t=7", "tt4", "One again", "", ""),
        ("missing.mp4", "5", "", "", ""),
        ("own clip.mp4", "6", "$where: 1", "", "x" * 20_001),
        ("", "7", "no source", "", ""),
        (link(3), "@8", "\x1b[31mred", "", ""),
        ("list.csv", "9", "no video", "", ""),
        (video_id(4), "10", "Ünïcode 電影", "", ""),
    ]
    path = folder / "list.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([("url", "id", "title", "genres", "plot"), *rows])
    return path


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def created(service: Service) -> dict[str, datetime]:
    """Return when each features document was made; each trailer has one."""
    documents = (
        service.runtime.store._access.database["features"].find({}, {"trailer_id": 1, "created_at": 1}).to_list()
    )
    times = {document["trailer_id"]: document["created_at"] for document in documents}
    assert len(times) == len(documents)
    return times


def test_ten_rows_give_ten_results_and_the_second_time_nothing_runs(
    service: Service, tmp_path: Path, clip: Path
) -> None:
    path = write_ten_rows(tmp_path, clip)
    first = service.command("batch", str(path), "--out", str(tmp_path / "out.csv"))
    rows = read_csv((tmp_path / "out.csv").read_text(encoding="utf-8-sig"))
    assert (first.returncode, first.stdout) == (3, "")
    assert [row["row"] for row in rows] == [str(number) for number in range(1, 11)]
    assert [row["code"] for row in rows] == [
        *("", "", "host_not_allowed", "", "file_not_found", "", "bad_source", "", "not_media", "")
    ]
    assert [row["status"] for row in rows].count("done") == 6
    assert (rows[0]["n_frames"], rows[0]["duration_s"]) == ("2", "2.0")
    assert all(row["genre_3"] and row["model_id"] for row in rows if row["status"] == "done")
    assert (rows[1]["title"], rows[7]["id"]) == ("'=HYPERLINK(0)", "'@8")
    assert "bad_plot" in rows[5]["message"]
    assert "6 done, 4 failed" in first.stderr
    assert ("would fail again" in first.stderr, "Try what failed again" in first.stderr) == (True, False)

    log = service.home / LOG_FILE
    log.rename(tmp_path / "first.log")
    second = service.command("batch", str(path))
    again = read_csv(second.stdout)
    assert (second.returncode, log.exists()) == (3, False), "no worker was started"
    kept = ("row", "status", "code", "n_frames", "duration_s", "genre_1", "score_1", "passed", "model_id")
    assert [{name: row[name] for name in kept} for row in again] == [{name: row[name] for name in kept} for row in rows]


@pytest.mark.slow
def test_a_killed_batch_goes_on_and_does_nothing_twice(service: Service, tmp_path: Path) -> None:
    path = write_list(tmp_path, 8)
    with service.up("batch", str(path), "--json") as running:
        service.until(lambda: len(created(service)) >= 2)
        family = [process for process in running.family() if "mongod" not in " ".join(process.cmdline())]
        kill(psutil.Process(running.process.pid))
        running.process.wait(timeout=30)
        psutil.wait_procs(family, timeout=30)
    before = created(service)
    again = service.command("batch", str(path), "--json")
    rows = [json.loads(line) for line in again.stdout.splitlines()]
    assert (again.returncode, [row["status"] for row in rows]) == (0, ["done"] * 8)
    assert "goes on" in again.stderr
    assert {trailer_id: time for trailer_id, time in created(service).items() if trailer_id in before} == before
    assert len(stored(service.runtime)) == len(service.jobs()) == 8
    assert len(service.plan.downloads()) <= 8 + 2, "only what was being downloaded is downloaded again"


@pytest.mark.slow
def test_ctrl_c_hands_the_work_back_and_touches_no_results(service: Service, tmp_path: Path) -> None:
    path, out = write_list(tmp_path, 30), tmp_path / "out.csv"
    out.write_text("complete results of yesterday")
    with service.up("batch", str(path), "--out", str(out)) as running:
        service.until(lambda: len(created(service)) >= 1)
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=60) == 130
    said = service.log.read_text()
    assert "The same command goes on" in said
    assert "trailers jobs cancel --batch" in said
    assert out.read_text() == "complete results of yesterday"
    jobs = service.jobs().values()
    assert {job.stage for job in jobs} == {"done", "queued"}
    assert all(job.attempts == 0 for job in jobs)


@pytest.mark.slow
def test_a_queued_batch_is_run_by_workers_and_its_results_are_read_at_any_time(
    service: Service, tmp_path: Path
) -> None:
    queued = service.command("batch", str(write_list(tmp_path, 4)), "--queue", "--priority", "7")
    batch_id = queued.stdout.strip()
    early = service.command("jobs", "results", batch_id)
    assert queued.returncode == early.returncode == 0
    assert [row["status"] for row in read_csv(early.stdout)] == ["queued"] * 4
    assert "not finished" in early.stderr
    assert {job.priority for job in service.jobs().values()} == {7}
    with service.up():
        assert service.command("jobs", "wait", "--batch", batch_id, "--timeout", "60").returncode == 0
    late = service.command("jobs", "results", batch_id, "--json")
    assert [json.loads(line)["status"] for line in late.stdout.splitlines()] == ["done"] * 4


def test_a_cancelled_batch_is_over(service: Service, tmp_path: Path) -> None:
    batch_id = service.command("batch", str(write_list(tmp_path, 3)), "--queue").stdout.strip()
    assert service.command("jobs", "cancel", "--batch", batch_id).returncode == 0
    results = service.command("jobs", "results", batch_id)
    assert (results.returncode, {row["status"] for row in read_csv(results.stdout)}) == (1, {"cancelled"})
    assert {job.stage for job in service.jobs().values()} <= set(FINISHED)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("batch", "nowhere.csv"), 1, "file_not_found"),
        (("batch", "empty.txt"), 1, "empty_file"),
        (("batch", "links.txt", "--out", "links.csv/x.csv"), 1, "file_not_found"),
        (("batch", "links.csv", "--out", "links.csv"), 1, "would replace the list"),
        (("batch", "links.txt", "--out", "r.xls"), 1, "must end in"),
        (("batch", "links.txt", "--queue", "--out", "r.csv"), 2, "not allowed with"),
        (("jobs", "results", "20261121-00000000"), 4, "no batch"),
    ],
)
def test_mistakes_are_told_before_any_work(
    home: Service, arguments: tuple[str, ...], status: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").touch()
    for name in ("links.txt", "links.csv"):
        (tmp_path / name).write_text(f"{link(1)}\n")
    answer = home.command(*arguments)
    assert (answer.returncode, answer.stdout) == (status, "")
    assert said in answer.stderr
    assert home.jobs() == {}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("mistakes")
    with Service(folder / "home", Plan(folder=str(folder))) as service:
        yield service


def test_a_check_shows_how_a_list_is_understood_and_runs_nothing(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "films.csv"
    rows = "".join(f"Film {n};{link(n)};1995\n" for n in range(12))
    path.write_bytes(f"Títol;Tráiler;Länge\n{rows}Café;{link(1)} {link(2)};\nUp;#NAME?;\n".encode("cp1252"))
    checked = service.command("batch", str(path), "--check", "--columns", "title=1")
    lines = checked.stdout.splitlines()
    assert checked.returncode == 3
    assert lines[:2] == ["source: Tráiler", "title: Títol"]
    assert [line.partition(":")[0] for line in lines[2:14]] == ["note"] * 2 + [f"row {n}" for n in range(1, 11)]
    assert "cp1252, which is a guess" in lines[2] and "'Länge'" in lines[3]
    assert lines[4] == f"row 1: youtube:{video_id(0)}, title Film 0"
    assert [line.partition(":")[0] for line in lines[14:]] == ["doubt in row 13", "doubt in row 14"]
    assert "14 rows, of which 1 can't be used; nothing was run" in checked.stderr
    summary = json.loads(service.command("batch", str(path), "--check", "--json").stdout)
    assert (summary["rows"], summary["unusable"], len(summary["first"]), len(summary["doubts"])) == (14, 1, 10, 2)
    assert service.runtime.store.batches.list() == []


def test_the_genres_of_a_list_are_the_houses_unless_a_vocabulary_is_named(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "films.csv"
    path.write_text(f"url,genres\n{link(1)},Science Fiction\n")
    batches = []
    for source in ((), ("--label-source", "tmdb")):
        queued = service.command("batch", str(path), "--queue", "--json", *source)
        batches.append(json.loads(queued.stdout)["batch_id"])
        (job,) = service.runtime.store.jobs.list(JobFilter(batch_id=batches[-1]))
        assert (job.given.label_source, job.given.label_list) == (source[-1] if source else "house", "films.csv")
    assert batches[0] != batches[1], "the same list, read otherwise"
    wrong = service.command("batch", str(path), "--label-source", "netflix")
    assert (wrong.returncode, "'netflix' is not one of" in wrong.stderr) == (2, True)


@pytest.mark.slow
def test_a_batch_takes_the_columns_that_are_named_and_tells_what_it_does_not_use(
    service: Service, tmp_path: Path
) -> None:
    path = tmp_path / "films.csv"
    path.write_text(f"a,b,c\nHeat,{link(1)},{link(2)}\n")
    queued = service.command("batch", str(path), "--queue", "--columns", "source=c,title=a", "--json")
    assert "not used: the columns 'b'" in queued.stderr
    other = service.command("batch", str(path), "--queue", "--json")
    first, second = (json.loads(each.stdout)["batch_id"] for each in (queued, other))
    rows = [service.runtime.store.batches.rows(each, after=0, limit=9)[0] for each in (first, second)]
    assert [(row.trailer_id, row.title) for row in rows] == [
        (f"youtube:{video_id(2)}", "Heat"),
        (f"youtube:{video_id(1)}", None),
    ]
    wrong = service.command("batch", str(path), "--columns", "link=c")
    assert (wrong.returncode, "one of the fields source, id" in wrong.stderr) == (2, True)
