"""Layouts: the source, title and id of each row, wherever the header is and whatever the columns are called."""

import json
from pathlib import Path

import pytest

from classifier.data.one_hot import SAMPLE
from worker.errors import WorkerError
from worker.lists.reading import TrailerList, read_list
from worker.lists.rows import MetadataColumns

ID, OTHER = "dQw4w9WgXcQ", "eRsGyueVLvQ"
LINK, SECOND = f"https://youtu.be/{ID}", f"https://youtu.be/{OTHER}"


def found(folder: Path, content: str, name: str = "list.csv", **columns: str) -> TrailerList:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return read_list(path, columns=columns)


def read(folder: Path, content: str, name: str = "list.csv", **columns: str) -> list[tuple[str, str | None]]:
    rows = list(found(folder, content, name, **columns))
    assert [row.row for row in rows] == list(range(1, len(rows) + 1))
    assert [row.problem for row in rows] == [None] * len(rows)
    return [(row.source, row.title) for row in rows]


@pytest.mark.parametrize(
    "heading",
    [
        *("Trailer (YouTube)", "YouTube Trailer URL", "Official Trailer", "trailerUrl", "Link to trailer", "yt-link"),
        *("Video Link", "Film Trailer", "Bande-annonce", "Tráiler", "Lien", "Enlace", "Zwiastun", "Трейлер"),
        *("予告編", "预告片", "Watch here", "x", ""),
    ],
)
def test_the_link_column_is_found_by_its_name_or_by_its_cells(tmp_path: Path, heading: str) -> None:
    assert read(tmp_path, f"Title,{heading}\nHeat,{LINK}\nUp,{SECOND}\n") == [(LINK, "Heat"), (SECOND, "Up")]


@pytest.mark.parametrize("heading", ["Titel", "Título", "Titre", "Название", "タイトル", "Naam", "שם", "ชื่อเรื่อง"])
def test_titles_are_found_in_other_languages(tmp_path: Path, heading: str) -> None:
    assert read(tmp_path, f"{heading};url\nHeat;{LINK}\n") == [(LINK, "Heat")]


@pytest.mark.parametrize("heading", ["Trailer length", "youtube_views", "video_title", "trailer_released"])
def test_a_column_about_trailers_is_not_one_of_links(tmp_path: Path, heading: str) -> None:
    assert found(tmp_path, f"{heading},url\nHeat,{LINK}\n").columns["source"] == ("url",)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("url,trailer", f"https://studio.example/x,{LINK}"),
        ("homepage,trailer", f"https://studio.example/x,{LINK}"),
        ("trailer,url", f"https://studio.example/x,{LINK}"),
        ("url,other", f"https://studio.example/x,{LINK}"),
        ("trailer,youtube_id", f"coming soon,{LINK}"),
        ("trailer1,trailer2", f",{LINK}"),
        ("url,url", f"n/a,{LINK}"),
        ("description,link", f"see {SECOND},{LINK}"),
        ("link,notes", f",{LINK}"),
    ],
)
def test_the_first_cell_of_a_row_that_can_be_used_is_its_source(tmp_path: Path, header: str, row: str) -> None:
    assert [source for source, _ in read(tmp_path, f"{header}\n{row}\n")] == [LINK]


def test_a_video_beside_another_places_link_is_the_source_and_told(tmp_path: Path) -> None:
    place = "https://studio.example/x"
    *_, row = found(tmp_path, f"title,url,notes\nUp,{place},good\nLow,{place},bad\nHeat,{place},{LINK}\n")
    assert (row.source, row.title, len(row.notes)) == (LINK, "Heat", 1)


def test_an_id_column_may_hold_youtubes_ids(tmp_path: Path) -> None:
    (row, _) = found(tmp_path, f"id,title\n{ID},Heat\nIntolerance,Up\n")
    assert (row.source, row.id, row.title) == (ID, ID, "Heat")
    table = f"id,key,site,type\n533ec65,{ID},YouTube,Trailer\n533ec66,76979871,Vimeo,Teaser\n"
    assert [source for source, _ in read(tmp_path, table)] == [f"youtube:{ID}", "vimeo:76979871"]
    line = f'{{"id": "533ec65", "key": "{ID}", "site": "YouTube"}}\n'
    assert read(tmp_path, line, "list.jsonl") == [(f"youtube:{ID}", None)]


def test_videos_within_a_json_object_are_found_trailers_first(tmp_path: Path) -> None:
    clips = [{"key": OTHER, "site": "YouTube", "type": "Clip"}, {"key": ID, "site": "YouTube", "type": "Trailer"}]
    tmdb = {"title": "Heat", "video": False, "videos": {"results": clips}}
    anilist = {"title": "Up", "trailer": {"id": ID, "site": "youtube"}}
    lines = "".join(f"{json.dumps(each)}\n" for each in (tmdb, anilist))
    first, second = found(tmp_path, lines, "list.jsonl")
    assert (first.source, first.title, first.problem) == (f"https://www.youtube.com/watch?v={ID}", "Heat", None)
    assert OTHER in first.notes[0]
    assert (second.source, second.title, second.problem) == (f"https://www.youtube.com/watch?v={ID}", "Up", None)


def test_a_video_of_a_similar_film_is_not_the_films_own(tmp_path: Path) -> None:
    path = tmp_path / "films.jsonl"
    clip = {"site": "YouTube", "key": ID, "type": "Trailer"}
    path.write_text(json.dumps({"title": "Heat", "similar": {"results": [{"videos": [clip]}]}}) + "\n")
    (row,) = read_list(path)
    assert row.source != f"https://youtu.be/{ID}"
    assert row.problem is not None


@pytest.mark.parametrize(
    "above",
    [
        "My trailers\n",
        "My trailers,,\n\n,,\n",
        "# exported today\n",
        "Films,2024\nby me,\n",
        "sep=,\n",
        "See https://studio.example,,\n",
        "https://www.youtube.com/playlist?list=PL0123456789,,\n,,\n",
    ],
)
def test_a_title_above_the_header_is_no_header(tmp_path: Path, above: str) -> None:
    assert read(tmp_path, f"{above}Name,Year,Link\nHeat,1995,{LINK}\n") == [(LINK, "Heat")]


def test_rulers_comments_and_repeated_headers_are_no_rows(tmp_path: Path) -> None:
    table = (
        f"title,url\ntitle,url\n-----,---\n# later,\n# no,soon\nHeat,{LINK}\n,\nTITLE,Url\n#Alive,{SECOND}\n=====,===\n"
    )
    assert read(tmp_path, table) == [(LINK, "Heat"), (SECOND, "#Alive")]


def test_a_title_that_begins_with_a_number_sign_is_kept_where_its_row_has_a_source(tmp_path: Path) -> None:
    table = f"# of 2020,{LINK}\ntitle,url\n# Alive,{SECOND}\n# none,\n# studio,https://studio.example/x\n"
    assert read(tmp_path, table) == [(SECOND, "# Alive")]
    assert read(tmp_path, f"url,title\n{LINK},Heat\n# {SECOND},Up\n") == [(LINK, "Heat")]
    assert read(tmp_path, f"Heat,{LINK}\n# Up,{SECOND}\n") == [(LINK, "Heat")]


def test_tables_one_after_the_other_are_each_read_by_their_header(tmp_path: Path) -> None:
    parts = (
        f"List,v7\nDate,Name,Tags,URL\n2024,A,x,{LINK}\n\nPosition,Name,Year,Genre,Link\n1,Heat,1995,Crime,{SECOND}\n"
    )
    first, second = found(tmp_path, parts)
    assert (first.source, first.title, first.genres) == (LINK, "A", ("x",))
    assert (second.source, second.title, second.genres) == (SECOND, "Heat", ("Crime",))


def test_blanks_before_a_quoted_cell_are_no_part_of_it(tmp_path: Path) -> None:
    (row,) = found(tmp_path, f'title, url, genres\n"Heat, the", "{LINK}", "Crime, Drama"\n')
    assert (row.title, row.source, row.genres, row.problem) == ("Heat, the", LINK, ("Crime", "Drama"), None)


def test_links_outside_a_markdown_table_are_rows_too(tmp_path: Path) -> None:
    page = f"- Up: <{SECOND}>\n\n| Title | Trailer |\n|--|--|\n| Heat \\| Cut | {LINK} |\n\nSee {LINK}x\n"
    assert read(tmp_path, page, "films.md") == [(LINK, "Heat | Cut"), (SECOND, "Up")]
    beside = found(tmp_path, f"| Film | Year |\n|--|--|\n| Heat | 1995 |\n\n- Up: {SECOND}\n", "beside.md")
    assert ([row.title for row in beside], len(beside.notes)) == (["Up"], 1)


def test_a_markdown_table_is_read_within_its_page(tmp_path: Path) -> None:
    page = f"# Films\nSome words.\n\n| Title | Trailer |\n|:--|--:|\n| Heat | [watch]({LINK}) |\n| Up | <{SECOND}> |\n"
    assert [title for _, title in read(tmp_path, page, "films.md")] == ["Heat", "Up"]
    drawn = f"+---+---+\n| Title | Trailer |\n+---+---+\n| Heat | {LINK} |\n+---+---+\n"
    assert read(tmp_path, drawn, "films.txt") == [(LINK, "Heat")]
    assert read(tmp_path, f"# Films\n- [Heat]({LINK})\n* {SECOND}\n", "list.md") == [(LINK, "Heat"), (SECOND, None)]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (f"Heat - {LINK}", "Heat"),
        (f"Heat: {LINK}", "Heat"),
        (f"1. Heat (1995) – {LINK}", "Heat (1995)"),  # noqa: RUF001
        (f"{LINK}\tHeat", "Heat"),
        (f"{LINK} | Heat", "Heat"),
        (f"1917 {LINK}", "1917"),
        (f"Official Trailer: {LINK}", None),
        (f"{LINK} (official)", None),
        (f"* {LINK}  # watch this", None),
        (f"[ ] {LINK}.", None),
        (f"Heat;{LINK};1995", "Heat"),
        (f"Heat, {LINK}, 1995", "Heat"),
        (f"#Alive {LINK}", "#Alive"),
        (f"#{SECOND}\n{LINK}", None),
        (f"- [x] [Heat]({LINK})", "Heat"),
        (f"- [ ] **Heat** (1995) — [trailer]({LINK})", "Heat (1995)"),
        (f'<a href="{LINK}">Heat &amp; Dust</a>', "Heat & Dust"),
    ],
)
def test_a_line_has_a_link_and_perhaps_a_title(tmp_path: Path, line: str, title: str | None) -> None:
    assert read(tmp_path, f"{line}\n\n# comment\n-----\n", "list.txt") == [(LINK, title)]


def test_a_line_may_have_an_id_or_a_file_beside_its_title(tmp_path: Path) -> None:
    lines = f"{ID}  Heat\nUp - {OTHER}\nmy film - trailer 1.mp4\nHeat 2\tclips/heat 2.mp4\na #2.mp4 # mine\n"
    wanted = [(ID, "Heat"), (OTHER, "Up"), ("my film - trailer 1.mp4", None), ("clips/heat 2.mp4", "Heat 2")]
    wanted.append(("a #2.mp4", None))
    assert read(tmp_path, lines, "list.txt") == wanted


def test_the_first_of_two_videos_in_a_cell_is_taken_and_the_other_told(tmp_path: Path) -> None:
    for content, name in (
        (f"title,url\nHeat,{LINK} | {SECOND}\n", "list.csv"),
        (f"{LINK} {SECOND}\n", "list.txt"),
        (f'{{"url": "{LINK};{SECOND}"}}\n', "list.jsonl"),
    ):
        (row,) = found(tmp_path, content, name)
        assert row.source.endswith(ID) and row.problem is None
        assert f"not youtube:{OTHER}" in row.notes[0]


def test_a_cell_of_several_lines_may_hold_a_link(tmp_path: Path) -> None:
    ((source, _),) = read(tmp_path, f'title,url\nHeat,"Trailer:\n{LINK}"\n')
    assert source == f"https://www.youtube.com/watch?v={ID}"


def test_what_excel_made_of_cells_is_undone(tmp_path: Path) -> None:
    table = (
        f'title,url\n"=HYPERLINK(""{LINK}"";""Heat"")",=-abcdefghij\n"=""1917""","=HYPERLINK(""{LINK}"",""watch"")"\n'
        f"'-Up,'-abcdefghij\nTom &amp; Jerry,{LINK}\n"
    )
    wanted = [("-abcdefghij", "Heat"), (LINK, "1917"), ("-abcdefghij", "-Up"), (LINK, "Tom & Jerry")]
    assert read(tmp_path, table) == wanted


def test_a_formula_without_quotes_around_it_is_one_cell(tmp_path: Path) -> None:
    assert read(tmp_path, f'title,url\nHeat,=HYPERLINK("{LINK}","watch")\n') == [(LINK, "Heat")]


def test_a_table_of_one_column_has_lines_in_it(tmp_path: Path) -> None:
    assert read(tmp_path, f"Trailers\nHeat - {LINK}\n{SECOND} # later\n") == [(LINK, "Heat"), (SECOND, None)]


def test_a_spreadsheets_error_is_told_as_what_it_is(tmp_path: Path) -> None:
    name, title = found(tmp_path, f"title,url\nHeat,#NAME?\n#REF!,{LINK}\n")
    assert "#NAME?" in (name.problem or "") and "type it again as a text" in (name.problem or "")
    assert (title.title, title.problem) == (None, None) and "#REF!" in title.notes[0]
    assert [row.problem is None for row in found(tmp_path, f"{LINK}\n#NAME?\n", "list.txt")] == [True, False]


def test_columns_that_are_not_used_are_told(tmp_path: Path) -> None:
    notes = found(tmp_path, f"title,rating,url,notes\nHeat,8.3,{LINK},good\n").notes
    way_out = "to use one, name it with --columns FIELD=NAME, or keep it with --metadata NAME"
    assert notes == (f"not used: the columns 'rating', 'notes'; {way_out}",)
    assert "column 2 as source" in found(tmp_path, f"Heat,{LINK}\n").notes[0]
    assert found(tmp_path, f'{{"url": "{LINK}", "rating": 8}}\n', "list.jsonl").notes == (
        f"not used: the keys 'rating'; {way_out}",
    )
    assert "'Watch'" in found(tmp_path, f"title,Watch\nHeat,{LINK}\n").notes[0]


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (
            f"url,House ID,Title,Release Year,film_id,Franchise\n{LINK},WB-00000001,Heat,1995.0,F-1,Mann\n",
            "list.csv",
        ),
        (
            f'{{"url": "{LINK}", "sku": "WB-00000001", "name": "Heat","year": 1995, "movieId": "F-1", "saga": "Mann"}}',
            "list.jsonl",
        ),
    ],
)
def test_the_columns_of_an_identity_are_known_by_their_names(tmp_path: Path, table: str, name: str) -> None:
    (row,) = found(tmp_path, table, name)
    assert (row.source, row.external_id, row.film, row.year, row.franchise) == (
        LINK,
        "WB-00000001",
        "F-1",
        1995,
        "Mann",
    )
    assert (row.id, row.title, row.notes, row.problem) == ("F-1", "Heat", (), None)


def test_an_id_is_the_trailers_unless_it_is_imdbs(tmp_path: Path) -> None:
    own, imdb, both = found(tmp_path, f"url,id,imdb_id\n{LINK},WB-1,tt0113277\n{LINK},tt0113277,\n{LINK},,tt0113277\n")
    assert [(row.id, row.external_id, row.imdb_id) for row in (own, imdb, both)] == [
        ("WB-1", "WB-1", "tt0113277"),
        ("tt0113277", None, "tt0113277"),
        ("tt0113277", None, "tt0113277"),
    ]


def test_an_imdb_id_is_read_from_its_link_and_one_that_is_none_is_told(tmp_path: Path) -> None:
    link, short, number = found(
        tmp_path, f"url,imdb_id\n{LINK},https://www.imdb.com/title/tt0113277/?ref_=x\n{LINK},tt12\n{LINK},0113277\n"
    )
    assert (link.imdb_id, link.id, link.notes) == ("tt0113277", "tt0113277", ())
    assert [(row.imdb_id, row.external_id) for row in (short, number)] == [(None, None), (None, None)]
    assert "'tt12' is not a valid IMDb id" in short.notes[0]
    assert "'0113277' is not a valid IMDb id" in number.notes[0]


def test_an_identity_that_cannot_be_used_costs_no_row(tmp_path: Path) -> None:
    lines = [{"url": LINK, "year": "soon", "franchise": {"id": 1}, "sku": "x" * 201, "film_id": "a\x00\n b"}]
    (row,) = found(tmp_path, "\n".join(map(json.dumps, lines)), "list.jsonl")
    assert (row.problem, row.year, row.franchise, row.external_id, row.film) == (None, None, None, None, "a b")
    assert sorted(note.split()[1] for note in row.notes) == ["external_id", "franchise", "year"]


def test_columns_that_hold_no_field_are_metadata_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"url,Territory,Release No.,$gt,title\n{LINK},DE,7,x,Heat\n")
    (row,) = read_list(path)
    assert row.metadata == {}
    (row,) = named = read_list(path, kept=MetadataColumns(("territory",)))
    assert row.metadata == {"Territory": "DE"}
    (row,) = read_list(path, kept=MetadataColumns(rest=True))
    assert row.metadata == {"Territory": "DE", "Release No_": "7", "_gt": "x"}
    assert "'Territory'" not in named.notes[0]
    with pytest.raises(WorkerError, match="no unused column 'title' to keep; unused are: 'Territory'"):
        read_list(path, kept=MetadataColumns(("title",)))


def test_a_json_row_brings_its_own_metadata_and_too_much_of_it_is_told(tmp_path: Path) -> None:
    lines = [
        {"url": LINK, "metadata": {"rating": 8.3, "seen": True, "nested": {"a": 1}, "big": 2**70, "a\x00.b": "c\x00"}},
        {"url": LINK, "metadata": {"text": "x" * 9000}},
    ]
    first, second = found(tmp_path, "\n".join(map(json.dumps, lines)), "list.jsonl")
    assert first.metadata == {"rating": 8.3, "seen": True, "a__b": "c"}
    assert second.metadata == {} and "8,192 bytes" in second.notes[0] and second.problem is None


def test_a_user_can_name_the_columns_by_heading_or_number(tmp_path: Path) -> None:
    table = f"a,b,c\nHeat,{LINK},{SECOND}\n"
    assert read(tmp_path, table, source="C", title="1") == [(SECOND, "Heat")]
    assert read(tmp_path, f"{LINK},Heat,x\n", title="3") == [(LINK, "x")]
    assert read(tmp_path, f'{{"a": "Heat", "b": "{LINK}"}}\n', "list.jsonl", source="b", title="a") == [(LINK, "Heat")]
    with pytest.raises(WorkerError, match=r"no column 'd'; its columns are 'a', 'b', 'c'"):
        read(tmp_path, table, source="d")


def test_genres_in_a_column_each_are_read_and_told(tmp_path: Path) -> None:
    table = f"url,Action,Comedy,Drama,Kult\n{LINK},1,0,1,0\n{SECOND},0,1,0,1\n"
    of_list = found(tmp_path, table)
    assert [row.genres for row in of_list] == [("Action", "Drama"), ("Comedy",)]
    assert of_list.one_hot.words == ("Action", "Comedy", "Drama")
    assert of_list.notes == (
        "read as genres, one in each of 3 columns of 1 and 0: 'Action', 'Comedy', 'Drama'",
        "columns of 1 and 0 that are not genres, not used: 'Kult'; "
        "to use one, add its word with trailers taxonomy import",
    )


def test_a_column_of_genres_goes_before_columns_of_ones_and_zeros(tmp_path: Path) -> None:
    table = f"url,genres,Action,Comedy,Drama\n{LINK},War,1,0,1\n"
    assert [row.genres for row in found(tmp_path, table)] == [("War",)]
    mine = table.replace("genres", "mine")
    assert [row.genres for row in found(tmp_path, mine, genres="mine")] == [("War",)]
    assert [row.genres for row in found(tmp_path, mine)] == [("Action", "Drama")]


def test_a_cell_that_is_neither_yes_nor_no_spoils_its_own_cell_alone(tmp_path: Path) -> None:
    rows = "".join(f"{LINK},1,0,1\n" for _ in range(SAMPLE))
    *_, last = found(tmp_path, f"url,Action,Comedy,Drama\n{rows}{SECOND},1,perhaps,0\n")
    assert (last.genres, last.problem) == (("Action",), None)
    assert last.notes == ("its column 'Comedy' holds 'perhaps', neither 1 nor 0: not used",)
