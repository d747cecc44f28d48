"""Results: their columns, what a spreadsheet must not run, and files that are whole or untouched."""

import csv
import errno
import io
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.batches.rows import COLUMNS, ResultRow, result_table
from worker.cells import read_cell, write_cell
from worker.errors import WorkerError
from worker.exporting.tables import AT_ONCE, check_output, render_table, write_table
from worker.lists.reading import read_list

FORMULA_STARTS = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
DONE = ResultRow(
    row=1,
    source="https://youtu.be/-C-xXZyX2zU",
    status="done",
    id="tt0120737",
    title='The Lord; of\nthe "Rings", Amélie',
    trailer_id="youtube:-C-xXZyX2zU",
    n_frames=142,
    duration_s=141.33333,
    genres=(("Sci-Fi", 0.91239), ("Drama", 0.5), ("War", 0.01)),
    passed=("Sci-Fi", "Drama"),
    model_id="1a2b",
    seconds=12.0,
)
FAILED = ResultRow(row=2, source="a.mp4", status="failed", code="file_not_found", message="there is no file 'a.mp4'")


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_csv_has_the_public_columns_in_their_order(tmp_path: Path) -> None:
    write_table(result_table([DONE, FAILED]), tmp_path / "results.csv")
    header = (tmp_path / "results.csv").read_bytes().split(b"\r\n")[0]
    assert header == (
        b"\xef\xbb\xbfrow,source,id,title,trailer_id,status,code,message,n_frames,duration_s,"
        b"genre_1,score_1,genre_2,score_2,genre_3,score_3,passed,model_id,seconds,"
        b"external_id,film_id,year,imdb_id,franchise,metadata"
    )
    assert set(COLUMNS) == set(read_csv(tmp_path / "results.csv")[0])


def test_a_csv_says_what_came_of_every_row(tmp_path: Path) -> None:
    write_table(result_table([DONE, FAILED]), tmp_path / "results.csv")
    done, failed = read_csv(tmp_path / "results.csv")
    assert (done["title"], done["duration_s"], done["passed"]) == (DONE.title, "141.333", "Sci-Fi|Drama")
    assert [done[f"{what}_{rank}"] for rank in (1, 3) for what in ("genre", "score")] == [
        "Sci-Fi",
        "0.9124",
        "War",
        "0.01",
    ]
    assert (failed["code"], failed["genre_1"], failed["n_frames"], failed["passed"]) == ("file_not_found", "", "", "")


@pytest.mark.parametrize("name", ["results.jsonl", "RESULTS.NDJSON"])
def test_json_lines_keep_numbers_lists_and_texts_as_they_are(tmp_path: Path, name: str) -> None:
    row = ResultRow(row=1, source="=1+1\0\ud800", status="done", passed=("War",), seconds=float("nan"), n_frames=3)
    write_table(result_table([row, DONE]), tmp_path / name)
    first, second = map(json.loads, (tmp_path / name).read_text("ascii").splitlines())
    assert tuple(first) == tuple(COLUMNS)
    assert (first["source"], first["passed"], first["seconds"], first["n_frames"]) == ("=1+1\0\ufffd", ["War"], None, 3)
    assert (second["score_1"], second["title"], first["id"]) == (0.9124, DONE.title, None)


def test_parquet_has_every_column_in_its_own_kind(tmp_path: Path) -> None:
    row = replace(DONE, metadata={"Territory": "DE", "rating": 16}, year=1995, source="\ud800")
    write_table(result_table([row, FAILED]), tmp_path / "results.parquet")
    done, failed = pyarrow.parquet.read_table(tmp_path / "results.parquet").to_pylist()
    assert tuple(done) == tuple(COLUMNS)
    assert [done[name] for name in ("passed", "score_1", "year", "source", "metadata")] == [
        *(["Sci-Fi", "Drama"], 0.9124, 1995, "\ufffd", '{"Territory": "DE", "rating": 16}'),
    ]
    assert [failed[name] for name in ("passed", "score_1", "year", "code")] == [[], None, None, "file_not_found"]


def test_no_path_means_csv_on_stdout_without_a_mark(capsys: pytest.CaptureFixture[str]) -> None:
    write_table(result_table(iter([FAILED])), None)
    lines = capsys.readouterr().out.split("\n")
    assert lines[0] == ",".join(COLUMNS)
    assert lines[1].startswith("2,a.mp4,,,,failed,file_not_found,there is no file 'a.mp4',,")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-C-xXZyX2zU", "@a", "\t=1", " \u00a0=1", "\uff1d1", "'=1", "\u200b=1"])
def test_what_a_spreadsheet_would_run_is_defused_in_every_column(tmp_path: Path, text: str) -> None:
    row = ResultRow(
        row=1, source=text, id=text, title=text, status="done", genres=((text, -0.5),), passed=(text,), message=text
    )
    write_table(result_table([row]), tmp_path / "results.csv")
    (read,) = read_csv(tmp_path / "results.csv")
    assert {read[name] for name in ("source", "id", "title", "genre_1", "passed", "message")} == {f"'{text}"}
    assert (read["score_1"], read["row"]) == ("-0.5", "1")


@settings(max_examples=300)
@given(text=st.text(max_size=20) | st.text(FORMULA_STARTS + " '\n\u200b\"a", max_size=6))
def test_a_cell_never_begins_like_a_formula_and_reads_back(text: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerow(["x", write_cell(text), "x"])
    ((_, cell, _),) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert not cell.strip().startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20")) and cell[:1] not in ("\t", "\r")
    kept = "".join(c if c in "\t\n\r" or not (c < " " or c == "\x7f") else "\ufffd" for c in text)
    assert read_cell(cell) == kept.replace("\r\n", "\n").replace("\r", "\n")


def test_lone_surrogates_and_control_characters_do_not_break_a_csv(tmp_path: Path) -> None:
    write_table(
        result_table([ResultRow(row=1, source="a\udc80\0\x1b[1m\rb", status="done"), DONE]), tmp_path / "results.csv"
    )
    first, second = read_csv(tmp_path / "results.csv")
    assert (first["source"], second["row"]) == ("a\ufffd\ufffd\ufffd[1m\nb", "1")


def test_results_can_be_a_list_again(tmp_path: Path) -> None:
    rows = [ResultRow(row=1, source="-C-xXZyX2zU", id="=x", title="@Home", status="failed"), DONE]
    write_table(result_table(rows), tmp_path / "results.csv")
    again = list(read_list(tmp_path / "results.csv"))
    assert [(row.source, row.id, row.title) for row in again] == [(row.source, row.id, row.title) for row in rows]


@pytest.mark.parametrize("name", ["results.csv", "results.parquet"])
def test_a_crash_leaves_the_old_results_and_nothing_else(tmp_path: Path, name: str) -> None:
    def crash() -> Iterator[ResultRow]:
        yield DONE
        raise KeyboardInterrupt

    write_table(result_table([FAILED]), tmp_path / name)
    before = (tmp_path / name).read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write_table(result_table(crash()), tmp_path / name)
    assert (tmp_path / name).read_bytes() == before
    assert names(tmp_path) == [name]


def test_a_full_disk_is_said_and_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorkerError, match="No space left on device; make room") as caught:
        write_table(result_table([DONE]), tmp_path / "results.csv")
    assert (caught.value.code, names(tmp_path)) == ("disk_full", [])


def test_results_replace_what_a_link_points_to_and_keep_its_rights(tmp_path: Path) -> None:
    (tmp_path / "kept.csv").write_text("old")
    (tmp_path / "kept.csv").chmod(0o640)
    (tmp_path / "link.csv").symlink_to("kept.csv")
    write_table(result_table([DONE]), tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink() and len(read_csv(tmp_path / "kept.csv")) == 1
    assert (tmp_path / "kept.csv").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["results.csv", "results.jsonl", "Results.NDJSON", None])
def test_a_place_that_takes_results_is_left_as_it_was(tmp_path: Path, name: str | None) -> None:
    check_output(tmp_path / name if name else None, list_path=tmp_path / "list.csv")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("results.xlsx", "bad_source", "must end in .csv, .jsonl, .ndjson"),
        ("results", "bad_source", "must end in"),
        ("missing/results.csv", "file_not_found", "there is no folder '.*/missing'.*; make it first"),
        ("folder.csv", "bad_source", "a folder or a device"),
        ("list.csv", "bad_source", "would replace the list"),
        ("link.csv", "bad_source", "would replace the list"),
        ("x" * 300 + ".csv", "bad_source", "can't be written"),
    ],
)
def test_a_place_that_takes_no_results_is_refused_before_the_work(
    tmp_path: Path, name: str, code: str, message: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "list.csv").touch()
    (tmp_path / "link.csv").symlink_to("list.csv")
    with pytest.raises(WorkerError, match=message) as caught:
        check_output(tmp_path / name, list_path=tmp_path / "list.csv")
    assert caught.value.code == code


def test_a_folder_that_can_not_be_written_to_is_refused() -> None:
    with pytest.raises(WorkerError, match=r"can't be written: .*; name a file in a folder") as caught:
        check_output(Path("/proc/results.csv"))
    assert caught.value.code == "bad_source"


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("n_rows", [0, 1, 450])
def test_what_is_sent_in_chunks_is_the_file_that_would_be_written(
    tmp_path: Path, kind: Literal["csv", "jsonl"], n_rows: int
) -> None:
    rows = [replace(DONE if number % 2 else FAILED, row=number) for number in range(n_rows)]
    write_table(result_table(rows), tmp_path / f"results.{kind}")
    chunks = list(render_table(result_table(rows), kind))
    assert b"".join(chunks) == (tmp_path / f"results.{kind}").read_bytes()
    assert all(chunks)


def test_rows_are_read_as_their_chunks_are_sent() -> None:
    read: list[int] = []

    def rows() -> Iterator[ResultRow]:
        for number in range(1000):
            read.append(number)
            yield DONE

    chunks = render_table(result_table(rows()), "csv")
    assert next(chunks).startswith(b"\xef\xbb\xbfrow,")
    assert 0 < len(read) <= AT_ONCE + 1
