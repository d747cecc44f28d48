"""Lists: every spelling of them that users have, bad rows among good ones, and the real lists."""

import csv
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.data.one_hot import SAMPLE
from classifier.taxonomy import HOUSE, NO_TAXONOMY
from worker.errors import WorkerError
from worker.lists.columns import is_blank, split_genres
from worker.lists.files import MAX_LINE
from worker.lists.labels import Columns, read_labels
from worker.lists.reading import ListRow, absolute_source, read_list
from worker.lists.tables import read_records
from worker.lists.tags import TagCounts, with_note

LINK = "https://youtu.be/dQw4w9WgXcQ"
ID = "dQw4w9WgXcQ"


def read(folder: Path, name: str, content: str | bytes) -> list[ListRow]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_list(path))


def problems(rows: list[ListRow]) -> list[str]:
    return [row.problem or "" for row in rows]


def test_a_text_list_has_one_source_a_line_and_skips_blanks_and_comments(tmp_path: Path) -> None:
    rows = read(tmp_path, "list.txt", f"# mine\n\n  {LINK} \r\nmy clips/a, b.mp4\n  # no\nurl\r{ID}")
    assert [row.source for row in rows] == [LINK, "my clips/a, b.mp4", "url", ID]
    assert [row.row for row in rows] == [1, 2, 3, 4]
    assert rows[0] == ListRow(row=1, source=LINK)


def test_a_table_gives_every_field_by_its_column(tmp_path: Path) -> None:
    table = (
        f"Trailer Link;IMDB_ID;Movie-Title;Genres;Overview;Poster Path\r\n"
        f'{LINK};tt0120737;"The Lord; of\nthe ""Rings""\u00a0";Sci-Fi|Drama;A ring.;posters/1.jpg\r\n'
    )
    (row,) = read(tmp_path, "list.csv", table)
    assert (row.source, row.id, row.title) == (LINK, "tt0120737", 'The Lord; of\nthe "Rings"')
    assert (row.genres, row.plot, row.poster) == (("Sci-Fi", "Drama"), "A ring.", "posters/1.jpg")
    assert row.problem is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_shows_what_separates_the_cells(tmp_path: Path, delimiter: str) -> None:
    table = f"{delimiter.join(['title', 'url'])}\n{delimiter.join(['Heat', LINK])}\n"
    assert read(tmp_path, "list.csv", table) == [ListRow(row=1, source=LINK, title="Heat")]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
def test_titles_survive_every_encoding_that_spreadsheets_write(tmp_path: Path, encoding: str) -> None:
    (row,) = read(tmp_path, "list.csv", f"title,url\nAmélie à Zürich,{LINK}\n".encode(encoding))
    assert (row.title, row.source) == ("Amélie à Zürich", LINK)


def test_the_mark_of_utf_8_before_a_quoted_heading_is_no_part_of_it(tmp_path: Path) -> None:
    assert read(tmp_path, "list.csv", f'\ufeff"url","title"\n"{LINK}","Heat"\n') == [
        ListRow(row=1, source=LINK, title="Heat")
    ]


def test_one_broken_byte_does_not_spoil_the_other_titles(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "list.csv",
        f"title,url\nAmélie,{LINK}\nZ\xff,{LINK}\nAñá,{LINK}\n".encode().replace(b"\xc3\xbf", b"\xff"),
    )
    assert [row.title for row in rows] == ["Amélie", "Z\ufffd", "Añá"]


def test_excels_unicode_text_is_a_table_though_it_is_named_txt(tmp_path: Path) -> None:
    rows = read(tmp_path, "list.txt", f"title\turl\r\nHeat, the\t{LINK}\r\n".encode("utf-16"))
    assert rows == [ListRow(row=1, source=LINK, title="Heat, the")]


def test_excels_hint_of_the_separator_is_no_row(tmp_path: Path) -> None:
    assert read(tmp_path, "list.csv", f"sep=;\r\ntitle;url\r\nHeat;{LINK}\r\n")[0].title == "Heat"


def test_a_full_link_goes_before_a_bare_id_and_the_id_stands_in_where_it_is_missing(tmp_path: Path) -> None:
    rows = read(tmp_path, "list.csv", f"youtubeId,path,url\n{ID},a.mp4,{LINK}\n{ID},a.mp4,\n{ID},nan,N/A\n")
    assert [row.source for row in rows] == [LINK, "a.mp4", ID]


def test_short_and_long_rows_are_rows(tmp_path: Path) -> None:
    rows = read(tmp_path, "list.csv", f"title,url\nHeat\n\nThe Good, the Bad,{LINK}\n,,,\nUgly,{LINK},,\n")
    assert [row.row for row in rows] == [1, 2, 3]
    assert [row.source for row in rows if row.problem is None] == [LINK]
    assert "no source" in problems(rows)[0] and "3 cells, the header has 2" in problems(rows)[1]


def test_nuls_are_dropped(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "list.csv", f"title,url\nHe\0at,{LINK}\0\n")
    assert (row.title, row.source) == ("Heat", LINK)


def test_a_stray_quote_costs_its_own_row_alone(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        "list.csv",
        f'title,url\n"Heat,{LINK}\nCasino,{LINK}\n"Crocodile" Dundee,{LINK}\n"Up, up",{LINK}\n"Last,{LINK}',
    )
    assert [row.title for row in rows if row.problem is None] == ["Casino", "Crocodile Dundee", "Up, up"]
    assert [row.row for row in rows if row.problem] == [1, 5]


def test_an_endless_line_costs_its_own_row_alone(tmp_path: Path) -> None:
    endless = "x" * 3 * MAX_LINE
    for name, content in (
        ("list.csv", f"plot,url\n{endless},{LINK}\nshort,{LINK}\n"),
        ("list.jsonl", f'{{"plot": "{endless}", "url": "{LINK}"}}\n{{"url": "{LINK}"}}\n'),
        ("list.txt", f"{endless}\n{LINK}\n"),
    ):
        rows = read(tmp_path, name, content)
        assert ["characters" in problem for problem in problems(rows)] == [True, False]
        assert len(rows[0].source) <= 4096 and rows[1].source == LINK


def test_an_open_quote_does_not_take_the_rest_of_the_list_into_memory() -> None:
    bound = csv.field_size_limit(10_000_000)  # as classifier.data.labels leaves it
    lines = iter(["title,url\n", '"Heat,x\n', *["ten chars\n"] * 100_000])
    records = read_records(lines)
    assert [next(records).cells[0] for _ in range(2)] == ["title", "Heat,x\n"]
    csv.field_size_limit(bound)
    assert sum(map(len, lines)) > 1_000_000 - 2 * MAX_LINE


def test_a_plot_longer_than_pythons_limit_for_cells_is_a_problem_of_its_row(tmp_path: Path) -> None:
    rows = read(tmp_path, "list.csv", f"url,plot\n{LINK},{'x' * 150_000}\n{LINK},{'y' * 90_000}\n")
    assert problems(rows) == ["its plot has 150,000 characters, over the limit of 100,000", ""]
    assert rows[1].plot == "y" * 90_000


@pytest.mark.parametrize("table", [f"Heat,{LINK},1995\nUp,{ID},2009\n", f"Heat,clips/heat.mp4\nUp,{ID}\n"])
def test_a_table_without_header_has_its_sources_where_the_first_row_has_one(tmp_path: Path, table: str) -> None:
    rows = read(tmp_path, "list.csv", table)
    assert [row.row for row in rows] == [1, 2]
    assert (rows[0].problem, rows[1].source) == (None, ID)


@pytest.mark.parametrize(("heading", "n_rows"), [("Watch these", 1), ("description", 1), (ID, 2), (LINK, 2)])
def test_an_only_column_holds_the_sources_whatever_its_name(tmp_path: Path, heading: str, n_rows: int) -> None:
    rows = read(tmp_path, "list.csv", f"{heading}\n{LINK}\n")
    assert (len(rows), rows[-1].source) == (n_rows, LINK)


def test_a_table_without_sources_is_refused_with_its_columns_and_ours(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"'movie_title', 'imdb_score1'; name one of them url, link") as caught:
        read(tmp_path, "list.csv", "movie_title,imdb_score1\nHeat,8\n")
    assert caught.value.code == "bad_source"


def test_json_lines_are_objects_or_bare_texts(tmp_path: Path) -> None:
    lines = [
        {"URL": LINK, "imdbId": 113277, "title": 1917, "genres": ["Drama", " War ", "Drama"], "video": {"fps": 24}},
        {"url": None, "video": False, "youtube_id": ID, "genres": [{"id": 18, "name": "Drama"}]},
        "clip.mp4",
    ]
    rows = read(tmp_path, "list.jsonl", "\ufeff" + "\n\n".join(map(json.dumps, lines)))
    note = "its imdb_id '113277' is not a valid IMDb id, such as tt0111161: left out"
    assert rows[0] == ListRow(row=1, source=LINK, id="113277", title="1917", genres=("Drama", "War"), notes=(note,))
    assert (rows[1].source, rows[1].genres, rows[1].problem) == (ID, ("Drama",), None)
    assert rows[2].source == "clip.mp4"


def test_every_bad_json_line_is_a_row_with_its_problem(tmp_path: Path) -> None:
    bad = ["{", "[1]", "7", "{}", '{"url": ["a"]}', '{"url": "a", "genres": [3]}', "[" * 100_000, '{"url": "\\ud800"}']
    rows = read(tmp_path, "list.ndjson", "\n".join([json.dumps(LINK), *bad, json.dumps(LINK)]))
    wanted = [
        "",
        "not valid JSON",
        "a list",
        "a number",
        "no source",
        "source is a list",
        "genres hold a number",
        "not valid",
    ]
    assert all(want in problem for want, problem in zip(wanted, problems(rows), strict=False))
    assert (rows[8].source, rows[9].source, rows[9].row) == ("\ufffd", LINK, 10)


@pytest.mark.parametrize(
    ("line", "sources"),
    [
        ('{"url": "a.mp4"}', ["a.mp4"]),
        ('"a.mp4"', ["a.mp4"]),
        ("title,url\nHeat,a.mp4", ["a.mp4"]),
        (f"{LINK},Heat", [LINK]),
        ("url\na.mp4", ["a.mp4"]),
        ("a, b.mov.mp4\nc", ["a, b.mov.mp4", "c"]),
        (f"[trailer] a\n{LINK}", ["[trailer] a", LINK]),
    ],
)
def test_other_suffixes_are_told_by_the_first_line(tmp_path: Path, line: str, sources: list[str]) -> None:
    assert [row.source for row in read(tmp_path, "list.lst", f"\n{line}\n")] == sources


@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        ("a.csv", b"", "empty_file", "is empty"),
        ("a.csv", b"url,title\n\n", "empty_file", "no rows"),
        ("a.txt", b"\n# none\n", "empty_file", "no rows"),
        ("a.xlsx", b"PK\x03\x04....", "bad_source", "save its table as CSV"),
        ("a.bin", b"\x01\x02\x03\x04lock", "bad_source", "not a text file"),
        ("a.mp4", b"\0\0\0\x20ftypisom\0\0\x02\0" + b"x264 - core 164, options: ref=3 " * 4, "bad_source", "a video"),
        ("a.mkv", b"\x1aE\xdf\xa3" + b"matroska, made by a muxer of its own " * 4, "bad_source", "a video"),
        ("a.avi", b"RIFF\x24\x10\0\0AVI LIST", "bad_source", "a video"),
        ("a.webp", b"RIFF\x24\x10\0\0WEBPVP8 ", "bad_source", "a picture"),
        ("a.json", b'[\n{"url": "a.mp4"}\n]\n', "bad_source", "jq -c"),
        ("a.jsonl", b'{\n"url": "a.mp4"\n}\n', "bad_source", "jq -c"),
    ],
)
def test_what_is_no_list_is_refused_kindly(tmp_path: Path, name: str, content: bytes, code: str, message: str) -> None:
    with pytest.raises(WorkerError, match=message) as caught:
        read(tmp_path, name, content)
    assert caught.value.code == code


def test_a_missing_list_and_a_folder_are_refused_before_the_first_row_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="no list") as missing:
        read_list(tmp_path / "list.csv")
    with pytest.raises(WorkerError, match="not a regular file") as folder:
        read_list(tmp_path)
    assert (missing.value.code, folder.value.code) == ("file_not_found", "bad_source")


@pytest.mark.parametrize(
    "cell",
    [
        "Sci-Fi|Drama",
        " Sci-Fi , Drama,Sci-Fi",
        "Sci-Fi; Drama;",
        "Sci-Fi/Drama",
        "['Sci-Fi', 'Drama']",
        '["Sci-Fi", "Drama"]',
        "[Sci-Fi, Drama]",
        "{'Sci-Fi', \"Drama\"}",
        "[{'id': 878, 'name': 'Sci-Fi'}, {'id': 18, 'name': 'Drama'}]",
    ],
)
def test_genres_come_apart_however_they_are_joined(cell: str) -> None:
    assert split_genres(cell) == ("Sci-Fi", "Drama")


def test_genres_that_say_nothing_are_none_and_escapes_are_undone() -> None:
    assert [split_genres(cell) for cell in ("", "[]", "N/A", "\\N", "nan", "|,", "-", "\u2013")] == [()] * 8
    assert split_genres(r"""['Rock \'n\' Roll', "Children's"]""") == ("Rock 'n' Roll", "Children's")


def test_a_relative_path_is_meant_from_the_list_and_else_from_the_working_folder(nowhere: Path) -> None:
    folder = nowhere / "lists"
    (folder / "clips").mkdir(parents=True)
    for path in (folder / "clips" / "a.mp4", folder / ID, nowhere / "b.mp4"):
        path.touch()
    assert absolute_source("clips/a.mp4", folder) == str(folder / "clips" / "a.mp4")
    assert absolute_source("b.mp4", folder) == str(nowhere / "b.mp4")
    assert absolute_source("none.mp4", Path("lists")) == str(nowhere / "none.mp4")
    assert absolute_source(ID, folder) == str(folder / ID)


@pytest.mark.parametrize("text", [LINK, "youtube.com/watch?v=" + ID, ID, "/a/b.mp4", "", "~nobody-here/a", "x" * 5000])
def test_links_ids_and_what_is_no_path_stay_as_they_are(nowhere: Path, text: str) -> None:
    assert absolute_source(text, nowhere) == text


@settings(max_examples=200)
@given(
    content=st.binary(max_size=300) | st.text("ab\",;|\t\r\n\0é='", max_size=80).map(str.encode),
    suffix=st.sampled_from([".csv", ".jsonl", ".txt", ".lst"]),
)
def test_any_bytes_are_rows_or_one_kind_of_error(content: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            rows = read(Path(folder), f"list{suffix}", b"url\n" + content if suffix == ".csv" else content)
        except WorkerError:
            return
    assert [row.row for row in rows] == list(range(1, len(rows) + 1))
    assert all(row.source or row.problem for row in rows)


@settings(max_examples=50)
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=5))
def test_json_lines_keep_every_source(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = read(Path(folder), "list.jsonl", "\n".join(json.dumps({"url": text}) for text in [LINK, *texts]))
    assert [row.source for row in rows[1:]] == ["" if is_blank(text.strip()) else text.strip() for text in texts]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "n_rows", "n_problems", "first"),
    [
        (
            "imdb5000_trailer_links.csv",
            4070,
            11,
            ListRow(1, "https://www.youtube.com/watch?v=eUTtt14G31c", None, "Avatar"),
        ),
        (
            "movienet_trailers_genres_clean.csv",
            26412,
            0,
            ListRow(
                1,
                "f0yEkRCpCmw",
                "tt0006864",
                "Intolerance: Love's Struggle Throughout the Ages (1916)",
                ("Drama", "History"),
                imdb_id="tt0006864",
            ),
        ),
        ("ml-youtube.csv", 25623, 0, ListRow(1, "K26_sDKnvMU", "1", "Toy Story (1995)", film="1")),
    ],
)
@pytest.mark.slow
def test_the_real_lists_read_well(shared_data: Path, name: str, n_rows: int, n_problems: int, first: ListRow) -> None:
    rows = list(read_list(shared_data / "lists" / name))
    assert (len(rows), sum(row.problem is not None for row in rows)) == (n_rows, n_problems)
    assert rows[0] == first
    assert all(row.title and row.title == row.title.strip() for row in rows)


def test_a_genre_that_is_not_understood_is_told(tmp_path: Path) -> None:
    path = tmp_path / "films.csv"
    path.write_text("url,genres\nhttps://youtu.be/eRsGyueVLvQ,Dramma|Comedy|Science Fiction\n")
    (row,) = read_list(path)
    assert row.genres == ("Dramma", "Comedy", "Science Fiction")
    tags = TagCounts().read_tags(row.genres, HOUSE, NO_TAXONOMY)
    assert with_note(row, tags).notes == ("genres not understood: 'Dramma'; they are kept as they are",)


def test_the_seeds_list_with_a_column_for_each_genre_is_read_whole(shared_data: Path, tmp_path: Path) -> None:
    """Its links and its genres are two published tables; put together they are the list of the first projects."""
    with (shared_data / "lists" / "imdb5000_genre_matrix.csv").open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    genres = {row[0].strip(): row[1:] for row in rows}
    with (shared_data / "lists" / "imdb5000_trailer_links.csv").open(encoding="utf-8") as file:
        films = [(title.strip(), link) for _, title, link in list(csv.reader(file))[1:]]
    path = tmp_path / "movie_genre_matrix.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = [[title, link, *genres.get(title, ["0"] * 26)] for title, link in films]
        csv.writer(file).writerows([["movie_title", "trailer_link", *header[1:]], *table])
    found = read_list(path)
    assert found.one_hot.words == tuple(header[1:])
    assert (found.columns, len(found.notes)) == ({"source": ("trailer_link",), "title": ("movie_title",)}, 1)
    read = list(found)
    assert (len(read), sum(map(len, (row.genres for row in read)))) == (4070, sum(row[2:].count("1") for row in table))
    assert read[0].genres == ("Action", "Adventure", "Fantasy", "Sci-Fi")
    assert {note for row in read for note in row.notes} == set()


def test_the_published_genre_matrix_is_read_as_labels(shared_data: Path) -> None:
    found = read_labels(shared_data / "lists" / "imdb5000_genre_matrix.csv", Columns(), NO_TAXONOMY)
    assert (len(found.one_hot.words), found.one_hot.unknown) == (26, ())
    rows = list(found.rows)
    assert (len(rows), sum(map(len, (row.genres for row in rows))), rows[0].title) == (4021, 11691, "Avatar")


def test_a_row_of_labels_with_a_cell_that_is_neither_yes_nor_no_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("title,Drama,War,Crime\n" + "Heat,1,0,1\n" * SAMPLE + "Up,0,often,0\n")
    *good, last = read_labels(path, Columns(), NO_TAXONOMY).rows
    assert ({row.problem for row in good}, good[-1].genres) == ({None}, ("Drama", "Crime"))
    assert last.problem == "its column 'War' holds 'often', neither 1 nor 0: not used"
