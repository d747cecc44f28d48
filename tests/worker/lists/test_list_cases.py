"""Lists as people really have them: what is right for each is in the README beside them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from worker.batches.checking import check_row
from worker.lists.reading import TrailerList, read_list

pytestmark = pytest.mark.shared_data
A, B, C = (f"https://youtu.be/{video_id}" for video_id in ("dQw4w9WgXcQ", "eRsGyueVLvQ", "abcdefghijk"))


@pytest.mark.parametrize(
    ("name", "sources", "titles"),
    [
        ("blank_rows.csv", [A, B], ["X", "Y"]),
        ("trailer_youtube_header.csv", [A], ["X"]),
        ("youtube_trailer_url.csv", [A], ["X"]),
        ("official_trailer.csv", [A], ["X"]),
        ("de_header.csv", [A, B], ["X", "Y"]),
        ("homepage_and_trailer.csv", [A], ["X"]),
        ("cp1250.csv", [A], ["Pelíšky – Żółć"]),  # noqa: RUF001
        ("cp1251.csv", [A, B], ["Брат", "Ирония судьбы"]),
        ("macroman.csv", [A], ["Amélie"]),
        ("title_tab_url.txt", [A, B], ["Sintel", "Big Buck Bunny"]),
        ("title_dash_url.txt", [A, B, C], ["Sintel", None, None]),
        ("inline_comment.txt", [A, B], [None, "Title"]),
        ("md_table.md", [A], ["X"]),
    ],
)
def test_every_row_has_its_link_and_title(
    cases: Path, name: str, sources: Sequence[str], titles: Sequence[str | None]
) -> None:
    rows = list(read_list(cases / "lists" / name))
    assert [row.source for row in rows] == sources
    assert [row.title for row in rows] == titles
    assert [row.problem for row in rows] == [None] * len(rows)


@pytest.mark.parametrize(("name", "encoding"), [("cp1250", "cp1250"), ("cp1251", "cp1251"), ("macroman", "mac_roman")])
def test_a_guessed_encoding_is_told(cases: Path, name: str, encoding: str) -> None:
    assert f"read as {encoding}, which is a guess" in read_list(cases / "lists" / f"{name}.csv").notes[0]


def test_a_german_year_is_one(cases: Path) -> None:
    found = read_list(cases / "lists" / "de_header.csv")
    assert ([row.year for row in found], found.notes) == ([2001, 2002], ())


def test_html_in_cells_is_undone(cases: Path) -> None:
    (row,) = read_list(cases / "lists" / "html_escaped.csv")
    assert (row.title, row.plot, row.problem) == ("Tom & Jerry", "A cat", None)


def test_a_poster_that_is_on_tmdbs_server_is_told_with_the_way_to_fetch_it(cases: Path) -> None:
    rows = list(read_list(cases / "lists" / "tmdb_poster_path.csv"))
    fetch = "curl -O https://image.tmdb.org/t/p/w500/rhIRbceoE9lR4veEXuwCC2wARtG.jpg"
    doubts = ["".join(check_row(row, cases, sites=("youtube",)).doubts) for row in rows]
    assert [fetch in doubt and "--poster-base tmdb" in doubt for doubt in doubts] == [True, True, False, False]
    assert [row.poster for row in rows[2:]] == ["p.jpg", None]
    assert [row.source for row in rows] == ["ok1.mp4", "ok2.mp4", "ok1.mp4", "ok2.mp4"]


def test_a_list_can_be_asked_for_its_notes_and_then_its_rows(cases: Path) -> None:
    found = read_list(cases / "lists" / "homepage_and_trailer.csv")
    assert isinstance(found, TrailerList)
    assert found.columns == {"source": ("trailer", "url"), "title": ("title",)}
