import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from db.library_records import Decision
from db.queue.job_records import Inputs
from db.records import TrailerLabels
from tests.support.homes import Command, Home
from web.reviews import save_review

LINK = "https://youtu.be/AAAAAAAAAAA?t=3"
NO_WESTERN: Mapping[str, Decision] = {"Western": "reject"}  # as none is one here, the other tags are confirmed


@pytest.fixture
def home(home: Home) -> Home:
    home.add("youtube:AAAAAAAAAAA", title="Iron Man - Official Trailer (2008)")
    home.add("youtube:BBBBBBBBBBB", title="King Kong (1976)", labels=TrailerLabels((), None, "tt0000002"))
    home.add("youtube:CCCCCCCCCCC", title="King Kong (2005)")
    return home


def write(folder: Path, text: str, name: str = "labels.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def labels(home: Home) -> dict[str, dict[str, object]]:
    return {name: found["labels"] for name, found in home.documents("trailers").items() if "labels" in found}


@pytest.mark.parametrize(
    "table",
    [
        "trailer_id,genres\nyoutube:AAAAAAAAAAA,Science Fiction|Drama\n",
        f"url;genre\n{LINK};Science Fiction, Drama\n",
        "youtube_id\tgenres\nAAAAAAAAAAA\t['sci-fi', 'drama']\n",
        'title,genres\nIron Man (2008),"Sci Fi,Drama"\n',
    ],
)
def test_a_trailer_is_found_by_whatever_names_it(table: str, home: Home, run: Command, tmp_path: Path) -> None:
    status, tally = run.json("labels", "import", write(tmp_path, table), "--source", "tmdb")
    assert (status, tally["matched"], tally["changed"]) == (0, 1, 1)
    assert labels(home)["youtube:AAAAAAAAAAA"] == {"genres": ["Sci-Fi", "Drama"], "source": "tmdb"}


def test_a_film_is_found_by_its_imdb_id_and_a_file_by_its_content(
    home: Home, run: Command, clip: Path, tmp_path: Path
) -> None:
    from worker.sources import read_file

    home.add(read_file(clip).trailer_id)
    (tmp_path / "copy.mp4").write_bytes(clip.read_bytes())
    path = write(tmp_path, "imdb_id,path,genres\ntt0000002,,War\n,copy.mp4,Comedy\n")
    assert run("labels", "import", path, "--source", "imdb")[0] == 0
    found = labels(home)
    assert found["youtube:BBBBBBBBBBB"] == {"genres": ["War"], "source": "imdb", "imdb_id": "tt0000002"}
    assert found[read_file(clip).trailer_id]["genres"] == ["Comedy"]


def test_a_title_labels_the_film_of_its_year_and_no_remake(home: Home, run: Command, tmp_path: Path) -> None:
    path = write(tmp_path, "title,genres\nKing Kong (2005),Adventure\nKing Kong (1933),Horror\n")
    status, tally = run.json("labels", "import", path)
    assert (status, tally["matched"], tally["problems"]["not_found"]) == (3, 1, 1)
    assert labels(home)["youtube:CCCCCCCCCCC"]["genres"] == ["Adventure"]
    assert labels(home)["youtube:BBBBBBBBBBB"] == {"imdb_id": "tt0000002"}


def test_your_own_title_and_year_name_a_trailer_and_the_year_of_a_remake_none(
    home: Home, run: Command, tmp_path: Path
) -> None:
    home.store.trailers.add_inputs("youtube:AAAAAAAAAAA", Inputs(title="Heat", year=1995))
    path = write(tmp_path, "title,year,genres\nHEAT,1995,Crime\nHeat,1986,Action\nKing Kong,2005.0,Adventure\n")
    status, tally = run.json("labels", "import", path)
    assert (status, tally["matched"], tally["problems"]["not_found"]) == (3, 2, 1)
    assert labels(home)["youtube:AAAAAAAAAAA"]["genres"] == ["Crime"]
    assert labels(home)["youtube:BBBBBBBBBBB"] == {"imdb_id": "tt0000002"}


def test_the_same_list_again_changes_nothing(home: Home, run: Command, tmp_path: Path) -> None:
    path = write(tmp_path, f"url,genres\n{LINK},Drama\nBBBBBBBBBBB,War\n")
    run("labels", "import", path)
    before = home.documents("trailers")
    status, tally = run.json("labels", "import", path)
    assert (status, tally["changed"], tally["unchanged"]) == (0, 0, 2)
    assert home.documents("trailers") == before


def test_what_is_not_stored_or_not_understood_is_counted(home: Home, run: Command, tmp_path: Path) -> None:
    rows = [
        {"url": LINK, "genres": [{"id": 18, "name": "Drama"}, {"name": "Kunstfilm"}]},
        {"url": "ZZZZZZZZZZZ", "genres": ["Drama"]},
        {"url": LINK, "genres": []},
        {"genres": ["Drama"]},
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows) + "{broken\n"
    status, tally = run.json("labels", "import", write(tmp_path, text, "labels.jsonl"))
    assert (status, tally["rows"], tally["changed"]) == (3, 5, 1)
    assert tally["problems"] == {"not_found": 1, "bad_source": 3}
    assert tally["unknown_genres"] == {"Kunstfilm": 1}
    assert labels(home)["youtube:AAAAAAAAAAA"]["genres"] == ["Drama", "Kunstfilm"]


def test_a_later_batch_that_knows_less_takes_no_genres_away(home: Home, run: Command, tmp_path: Path) -> None:
    run("labels", "import", write(tmp_path, f"url,genres\n{LINK},Drama\n"), "--source", "imdb")
    home.store.trailers.add_inputs("youtube:AAAAAAAAAAA", Inputs(title="Iron Man", imdb_id="tt0371746"))
    assert labels(home)["youtube:AAAAAAAAAAA"] == {"genres": ["Drama"], "source": "imdb", "imdb_id": "tt0371746"}


def reviewed(home: Home, decisions: Mapping[str, Decision]) -> dict[str, object]:
    """Review the first trailer; return its labels, as far as it has any."""
    trailer = home.store.library.get("youtube:AAAAAAAAAAA")
    assert trailer is not None
    save_review(home.store, trailer, decisions, reviewer="anna", note=None)
    return labels(home).get("youtube:AAAAAAAAAAA", {})


def waits(home: Home) -> bool:
    """Tell whether the first trailer waits for a person."""
    trailer = home.store.library.get("youtube:AAAAAAAAAAA")
    assert trailer is not None
    return trailer.reviewed_at is None


def test_a_review_stays_when_the_list_it_overruled_comes_again(home: Home, run: Command, tmp_path: Path) -> None:
    path = write(tmp_path, f"url,genres\n{LINK},Drama\nBBBBBBBBBBB,War\n")
    run("labels", "import", path, "--source", "imdb")
    after = reviewed(home, {"Drama": "reject", "Comedy": "add"})
    status, tally = run.json("labels", "import", path, "--source", "imdb")
    assert (status, tally["changed"], tally["unchanged"], tally["kept_reviews"], tally["reopened"]) == (0, 0, 2, 1, 0)
    assert labels(home)["youtube:AAAAAAAAAAA"] == after
    assert (after["genres"], after["source"]) == (["Comedy"], "review")
    assert not waits(home), "that was decided"
    assert (
        "1 trailer has a review that says otherwise, and counts\n"
        in run("labels", "import", path, "--source", "imdb")[1]
    )


def test_a_list_that_says_otherwise_has_a_trailer_reviewed_again_but_once(
    home: Home, run: Command, tmp_path: Path
) -> None:
    decisions: Mapping[str, Decision] = {"Comedy": "add", "War": "reject", "Drama": "reject"}
    reviewed(home, decisions)
    for genres, comes_back in (("War|Drama", True), ("drama|war", False), ("Comedy", False), ("War", True)):
        path = write(tmp_path, f"url,genres,imdb_id\n{LINK},{genres},tt0371746\n")
        tally = run.json("labels", "import", path, "--source", "imdb")[1]
        assert (tally["kept_reviews"], tally["reopened"]) == (int(genres != "Comedy"), int(comes_back)), genres
        assert waits(home) == comes_back, genres
        after = labels(home)["youtube:AAAAAAAAAAA"]
        assert (after["genres"], after["source"], after["imdb_id"]) == (["Comedy"], "review", "tt0371746")
        reviewed(home, decisions)
    trailer = home.store.library.get("youtube:AAAAAAAAAAA")
    assert trailer is not None
    assert [(layer.source, layer.genres) for layer in trailer.contested] == [("imdb", ("War",))]
    assert [earlier.genres for earlier in trailer.contested[0].earlier] == [("War", "Drama"), ("Comedy",)]


@pytest.mark.parametrize(
    ("decisions", "genres", "effective"),
    [
        ({"Drama": "accept"}, "Horror", ["Drama"]),
        ({"Drama": "reject"}, "Drama|War", []),
        ({"Drama": "reject"}, "War", []),
        (
            {"War": "add"},
            "Drama|War|Music",
            ["Drama", "War", "Music"],
        ),  # nobody has decided on Music, and MovieLens can't
    ],
)
def test_every_review_is_kept_from_a_list_and_asked_for_again_where_it_names_other_genres(
    decisions: Mapping[str, Decision], genres: str, effective: list[str], home: Home, run: Command, tmp_path: Path
) -> None:
    run("labels", "import", write(tmp_path, f"url,genres\n{LINK},Drama\n"), "--source", "movielens")
    reviewed(home, decisions)
    path = write(tmp_path, f"url,genres\n{LINK},{genres}\n")
    for comes_back in (True, False):
        tally = run.json("labels", "import", path, "--source", "imdb")[1]
        assert (tally["changed"], tally["reopened"], waits(home)) == (comes_back, comes_back, comes_back)
        after = labels(home)["youtube:AAAAAAAAAAA"]
        assert (after["genres"], after["source"]) == (effective, "review")
        assert reviewed(home, NO_WESTERN)["genres"] == effective


def test_a_trailer_reviewed_without_labels_takes_the_first_and_is_reviewed_again(
    home: Home, run: Command, tmp_path: Path
) -> None:
    reviewed(home, NO_WESTERN)
    path = write(tmp_path, f"url,genres\n{LINK},Drama\n")
    for changed, comes_back in ((1, True), (0, False)):
        assert run.json("labels", "import", path, "--source", "imdb")[1]["changed"] == changed
        assert waits(home) == comes_back
        assert labels(home)["youtube:AAAAAAAAAAA"]["genres"] == ["Drama"]
        reviewed(home, NO_WESTERN)


def test_what_a_list_could_not_tell_of_is_no_contradiction(home: Home, run: Command, tmp_path: Path) -> None:
    reviewed(home, {"Sci-Fi": "add", "Film-Noir": "add"})
    path = write(tmp_path, f"url,genres\n{LINK},Science Fiction\n")
    tally = run.json("labels", "import", path, "--source", "tmdb")[1]
    assert (tally["changed"], tally["kept_reviews"], waits(home)) == (1, 0, False)


def test_columns_can_be_named(home: Home, run: Command, tmp_path: Path) -> None:
    path = write(tmp_path, f"genres,mine,where\nHorror,Drama,{LINK}\n")
    assert run("labels", "import", path, "--id-column", "where", "--genres-column", "MINE")[0] == 0
    assert labels(home)["youtube:AAAAAAAAAAA"]["genres"] == ["Drama"]
    status, _, err = run("labels", "import", path, "--genres-column", "nowhere")
    assert (status, "--genres-column" in err) == (1, True)


def test_a_table_with_a_column_for_each_genre_labels_trailers(home: Home, run: Command, tmp_path: Path) -> None:
    table = f"url,Drama,War,Sci-Fi,Kult,Music\n{LINK},1,0,1,0,1\nBBBBBBBBBBB,0,0,0,1,0\nCCCCCCCCCCC,0,0,1,0,maybe\n"
    status, tally = run.json("labels", "import", write(tmp_path, table), "--source", "imdb")
    assert (status, tally["matched"], tally["problems"]) == (3, 2, {"bad_source": 1})
    assert labels(home)["youtube:AAAAAAAAAAA"] == {
        "genres": ["Drama", "Sci-Fi"],
        "known": ["Drama", "Sci-Fi", "War"],
        "source": "imdb",
    }
    assert [note.partition(":")[0] for note in tally["notes"]] == [
        "read as genres, one in each of 3 columns of 1 and 0",
        "columns of 1 and 0 that are not genres, not used",
        "columns of genres that hold more than 1 and 0, not used",
    ]


def test_exit_code_4_when_none_of_the_trailers_is_stored(run: Command, tmp_path: Path) -> None:
    assert run("labels", "import", write(tmp_path, "youtube_id,genres\nZZZZZZZZZZZ,Drama\n"))[0] == 4
    assert run("labels", "import", tmp_path / "nowhere.csv")[0] == 1
    assert run("labels", "import", write(tmp_path, "a,b\n1,2\n"))[0] == 1


def test_a_hostile_list_names_no_operator_and_no_device(home: Home, run: Command, tmp_path: Path) -> None:
    rows = 'trailer_id,path,genres\n"{""$gt"": """"}",,Drama\n,/dev/zero,Drama\n$where,../../etc/passwd,Drama\n'
    before = home.documents("trailers")
    assert run.json("labels", "import", write(tmp_path, rows))[1]["changed"] == 0
    assert home.documents("trailers") == before


def test_a_trailer_is_found_by_your_own_id_and_its_film_follows(home: Home, run: Command, tmp_path: Path) -> None:
    home.store.trailers.add_inputs("youtube:AAAAAAAAAAA", Inputs(external_ids=("WB-0000001",)))
    path = write(tmp_path, "house_id,imdb_id,genres\nWB-0000001,tt0371746,Sci-Fi\nWB-0000002,,War\n")
    status, tally = run.json("labels", "import", path)
    assert (status, tally["matched"], tally["problems"]["not_found"]) == (3, 1, 1)
    trailer = home.store.library.get("youtube:AAAAAAAAAAA")
    assert trailer is not None
    assert (trailer.labels.genres, trailer.film_id) == (("Sci-Fi",), "tt0371746")
