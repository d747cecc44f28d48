"""Rows of every kind of rubbish: each gets its error, the rest is done, and a file that is no list gets one line."""

import io
import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.homes import Command, Home
from tests.support.models import make_model, put_to_use
from tests.support.posters import make_poster
from worker.sources import read_file

DONE: dict[tuple[str, ...], str] = {  # what a command says of the one good row
    ("labels", "import"): "1 of stored trailers: 1 trailer labelled",
    ("batch", "--check"): "row 1: ",
    ("batch", "--queue"): "1 trailer to run",
    ("taxonomy", "check"): "Drama",
    ("import", "movienet"): "1 used (1 with genres)",
}
HEADER = b"path,title,genres,youtube_id,imdb_id\n"
GOOD = b"good.mp4,T,Drama,AAAAAAAAAAA,tt0000001\n"


@pytest.fixture
def folder(home: Home, clip: Path, tmp_path: Path) -> Path:
    """A folder with a stored trailer, a picture that is named as a video, and a folder that is."""
    shutil.copy(clip, tmp_path / "good.mp4")
    make_poster(tmp_path / "poster.jpg").rename(tmp_path / "picture.mp4")
    (tmp_path / "folder.mp4").mkdir()
    home.add(read_file(tmp_path / "good.mp4").trailer_id)
    put_to_use(home.store, make_model(home.features_id))
    return tmp_path


def rubbish(folder: Path) -> dict[str, bytes]:
    picture = (folder / "picture.mp4").read_bytes()
    return {
        "a picture's bytes": picture[:2000].replace(b"\n", b" "),
        "binary lines": picture[:2000],
        "NULs": b"\0\0\0\0,\0\0,Dra\0ma",
        "a folder": b"folder.mp4,T,Drama",
        "1 MB": b"x" * 2**20 + b",T,Drama",
        "1 MB of a genre": b"none.mp4,T," + b"y" * 2**20,
        "a missing column": b"nowhere.mp4",
        "columns too many": b"good.mp4,T,Drama,,,,more,and more",
        "half a character": b"nowhere.mp4,Am\xc3,Drama",
        "a lone surrogate": b"\xed\xa0\x80.mp4,\xed\xb0\x80,\xed\xa0\x80",
        "a local link": b"file:///etc/passwd,T,Drama",
        "a path": b"/nowhere/\x1b[31m/x.mp4,T,Drama",
        "a picture as a video": b"picture.mp4,T,Drama",
        "a stray quote": b'"nowhere.mp4,T,"Dra"ma',
        "a long name": b"a" * 5000 + b".mp4,T,Drama",
        "nobody's home": b"~nobody/x.mp4,T,Drama",
    }


@pytest.mark.parametrize("command", DONE, ids=" ".join)
def test_bad_rows_end_no_command_that_reads_a_list(folder: Path, run: Command, command: tuple[str, ...]) -> None:
    films = folder / "films.csv"
    films.write_bytes(HEADER + GOOD + b"\n".join(rubbish(folder).values()) + b"\n")
    status, out, said = run(*command, films)
    assert (status, "Traceback" in said) == (3, False)
    assert DONE[command] in out + said


def test_each_kind_of_bad_row_leaves_the_good_one(folder: Path, run: Command) -> None:
    for name, row in rubbish(folder).items():
        films = folder / "films.csv"
        films.write_bytes(HEADER + row + b"\n" + GOOD)
        status, checked = run.json("batch", films, "--check")
        n_usable = checked["rows"] - checked["unusable"]
        assert (status, n_usable) == (3, 1), name


@pytest.mark.parametrize("command", DONE, ids=" ".join)
@pytest.mark.parametrize("content", ["picture", "video", "NULs", "folder"])
def test_a_file_that_is_no_list_gets_one_line(
    folder: Path, run: Command, command: tuple[str, ...], content: str
) -> None:
    path = folder / "movienet_splits.csv"
    if content == "folder":
        path.mkdir()
    else:
        source = {"picture": "picture.mp4", "video": "good.mp4"}.get(content)
        path.write_bytes((folder / source).read_bytes() if source else b"\0" * 5000)
    status, out, said = run(*command, path)
    (line,) = (line for line in said.splitlines() if "the published split is not imported" not in line)
    assert (status, out) == (1, "")
    assert line.startswith(("trailers: bad_source: ", "trailers: file_not_found: "))


def test_a_bad_label_row_is_told_by_its_number_and_code(folder: Path, run: Command) -> None:
    films = folder / "films.csv"
    films.write_bytes(HEADER + GOOD + b"picture.mp4,T,Drama\nfolder.mp4,T,Drama\ngood.mp4,Heat\nx,y, z,Drama,,,w\n")
    status, tally = run.json("labels", "import", films)
    assert status == 3
    assert [(error["row"], error["code"]) for error in tally["errors"]] == [
        (2, "unsupported_format"),
        (4, "bad_source"),
        (5, "bad_source"),
    ]
    said = run("labels", "import", films)[2]
    assert "films.csv, row 2: unsupported_format: " in said


@pytest.mark.parametrize("command", ["analyze", "submit"])
def test_bad_lines_end_no_command_that_reads_stdin(
    folder: Path, run: Command, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    lines = [row.partition(b",")[0] for row in rubbish(folder).values()]
    text = b"good.mp4\n" + b"\n".join(lines) + b"\ngood.mp4\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", errors="surrogateescape"))
    status, out, _ = run(command, "-", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert status == 3
    codes = {error["code"] for each in told if (error := each.get("error"))}
    assert codes <= {"bad_source", "file_not_found", "unsupported_format", "not_media"}
    assert [each.get("error") for each in (told[0], told[-1])] == [None, None]


def test_names_of_files_and_words_of_lists_can_not_steer_the_terminal(folder: Path, run: Command) -> None:
    (folder / "inbox").mkdir()
    (folder / "inbox" / "\x1b[31m\nother.mp4: Drama 1.00.mp4").write_text("no video")
    films = folder / "films.csv"
    films.write_text('path,title\ngood.mp4,"\x1b]0;x\x07"\n')
    for command in (("watch", folder / "inbox", "--once", "--settle", "0", "--queue"), ("batch", films, "--check")):
        _, out, err = run(*command)
        assert "\x1b" not in out + err
        assert not any(line.startswith("other.mp4") for line in (out + err).splitlines())
