"""`trailers taxonomy`, and the words of a house in the lists that other commands read."""

import csv
import json
from pathlib import Path

import pytest

from tests.support.homes import Command, Home

WORDS = "word,genres\nKrimi,Crime|Thriller\nLust/Spiel,Comedy\nKinderfilm,Family\nNeuheit,not a genre\n=Kult,Horror\n"
LINK = "https://youtu.be/AAAAAAAAAAA"


@pytest.fixture
def words(tmp_path: Path) -> Path:
    return write(tmp_path, WORDS, "words.csv")


def write(folder: Path, text: str, name: str = "films.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def labels(home: Home) -> dict[str, object]:
    found: dict[str, object] = home.documents("trailers")["youtube:AAAAAAAAAAA"]["labels"]
    return found


def test_a_taxonomy_is_imported_once_shown_and_exported(home: Home, run: Command, words: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert run.json("taxonomy", "import", words) == (0, {"version": 1, "words": 5, "genres": 5})
    status, shown = run.json("taxonomy", "show")
    assert (status, shown["version"], shown["name"]) == (0, 1, "words.csv")
    assert shown["words"][3] == {"word": "Neuheit", "genres": []}
    assert "not a genre" in run("taxonomy", "show")[1]
    for name in ("out.csv", "out.json"):
        assert run("taxonomy", "export", tmp_path / name)[0] == 0
        assert run.json("taxonomy", "import", tmp_path / name)[1]["version"] == 1, "it is the same taxonomy"


def test_an_earlier_version_can_be_read(home: Home, run: Command, words: Path, tmp_path: Path) -> None:
    run("taxonomy", "import", words)
    assert run.json("taxonomy", "import", write(tmp_path, '{"Kult": "Horror"}', "w.json"))[1]["version"] == 2
    out = run("taxonomy", "export", "--version", "1")[1]
    assert list(csv.reader(out.splitlines()))[1] == ["Krimi", "Crime|Thriller"]
    assert run("taxonomy", "show", "--version", "3")[0] == 4
    with pytest.raises(SystemExit, match="2"):
        run("taxonomy", "show", "--version", "99999999999999999999")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("words.csv", "genres;note;word\nCrime|Thriller;-;Krimi\n;-;Neuheit\nnone;;Alt\n"),
        ("words.tsv", "Tag\tGenres\nKrimi\tCrime, Thriller\nNeuheit\t-\nAlt\tNot a genre\n"),
        ("words.json", '{"Krimi": ["Crime", "Thriller"], "Neuheit": null, "Alt": []}'),
        ("words.json", '\ufeff{"Krimi": "Crime|Thriller", "Neuheit": "", "Alt": "not a genre"}'),
    ],
)
def test_a_taxonomy_comes_in_several_forms(home: Home, run: Command, tmp_path: Path, name: str, text: str) -> None:
    assert run("taxonomy", "import", write(tmp_path, text, name))[0] == 0
    taxonomy = home.store.taxonomies.current()
    assert taxonomy.words == {"Krimi": ("Crime", "Thriller"), "Neuheit": (), "Alt": ()}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("words.csv", "Krimi,Crime\n", "has no column 'genres'"),
        ("words.csv", "genres\nCrime\n", "has no column 'genres'"),
        ("words.csv", "word,genres\nKrimi,Kult\n", "'Krimi' means 'Kult', not a genre of ours"),
        ("words.csv", "word,genres\n", "it has no words"),
        ("words.json", '{"Krimi": "Crime", "Krimi": "War"}', "'Krimi' and 'Krimi' are the same word"),
        ("words.json", '["Krimi"]', "is a list, not an object"),
        ("words.json", '{"Krimi": {"a": "Crime"}}', "the genres of 'Krimi'"),
        ("words.json", "{", "is not valid JSON"),
        ("words.json", "[" * 100_000, "is not valid JSON"),
    ],
)
def test_a_file_that_makes_no_taxonomy_changes_nothing_and_says_why(
    home: Home, run: Command, tmp_path: Path, name: str, text: str, message: str
) -> None:
    status, _, err = run("taxonomy", "import", write(tmp_path, text, name))
    assert (status, message in err) == (1, True), err
    assert home.documents("taxonomies") == {}


def test_a_list_is_checked_against_the_taxonomy(home: Home, run: Command, words: Path, tmp_path: Path) -> None:
    path = write(tmp_path, f"url,genres\n{LINK},Krimi|Neuheit\n{LINK},Krimi|Wunder\n{LINK},Drama\n")
    assert "no taxonomy is stored; trailers taxonomy import" in run("taxonomy", "check", path)[2]
    run("taxonomy", "import", words)
    status, found = run.json("taxonomy", "check", path)
    assert (status, found["version"], found["unknown"]) == (3, 1, ["Wunder"])
    assert found["words"][0] == {"word": "Krimi", "rows": 2, "genres": ["Crime", "Thriller"]}
    out = run("taxonomy", "check", path)[1]
    assert ("not a genre" in out, "unknown" in out) == (True, True)
    assert run("taxonomy", "check", write(tmp_path, f"url,genres\n{LINK},Krimi\n"))[0] == 0


def test_labels_in_house_words_become_genres_and_unknown_words_are_kept(
    home: Home, run: Command, words: Path, tmp_path: Path
) -> None:
    home.add("youtube:AAAAAAAAAAA")
    run("taxonomy", "import", words)
    path = write(tmp_path, f"url,genres\n{LINK},krimi|Wunder|Neuheit\n")
    status, tally = run.json("labels", "import", path)
    assert (status, tally["changed"], tally["unknown_genres"]) == (0, 1, {"Wunder": 1})
    assert (labels(home)["genres"], labels(home)["source"]) == (["Crime", "Thriller", "Wunder"], "house")
    assert labels(home)["known"] == ["Comedy", "Crime", "Family", "Horror", "Thriller"]
    assert "genres not understood, kept as they are: 'Wunder' (1)" in run("labels", "import", path)[2]


def test_all_commands_understand_the_same_words_and_count_the_same_unknown_ones(
    home: Home, run: Command, words: Path, tmp_path: Path
) -> None:
    home.add("youtube:AAAAAAAAAAA")
    run("taxonomy", "import", words)
    path = write(tmp_path, f"url,genres\n{LINK},Krimi|Wunder\n{LINK},Lustspiel/Wunder\n{LINK},Neuheit\n")
    checked = run.json("batch", path, "--check")[1]
    assert checked["unknown_genres"] == {"Wunder": 2}
    assert [doubt["row"] for doubt in checked["doubts"]] == [1, 2]
    assert run.json("labels", "import", path)[1]["unknown_genres"] == checked["unknown_genres"]
    queued = run("batch", path, "--queue", "--json")
    batch = home.store.batches.get(json.loads(queued[1])["batch_id"])
    assert batch is not None
    note = "genres not understood, kept as they are: 'Wunder' (2)"
    assert note in batch.notes
    assert note in checked["notes"]
    said = run.json("taxonomy", "check", path)[1]
    assert [each["word"] for each in said["words"]] == ["Wunder", "Krimi", "Lust/Spiel", "Neuheit"]
    assert said["unknown"] == ["Wunder"]


ONE_HOT = f"url,Action,Comedy,Krimi,Kult,Neuheit\n{LINK},1,0,1,1,1\nBBBBBBBBBBB,0,1,0,0,1\n"


def test_a_check_says_of_each_one_hot_column_what_it_is(home: Home, run: Command, words: Path, tmp_path: Path) -> None:
    run("taxonomy", "import", words)
    path = write(tmp_path, ONE_HOT.replace("Kult", "Wunder"))
    checked = run.json("batch", path, "--check")[1]
    assert checked["one_hot"]["Krimi"] == {"genres": ["Crime", "Thriller"], "rows": 1}
    assert list(checked["one_hot"]) == ["Action", "Comedy", "Krimi", "Neuheit"]
    assert any("not genres, not used: 'Wunder'" in note for note in checked["notes"])
    out = run("batch", path, "--check")[1]
    assert "genre Krimi: Crime, Thriller (rows: 1)" in out
    assert "genre Neuheit: not a genre (rows: 2)" in out


def test_one_hot_labels_decide_on_the_genres_of_their_columns_alone(
    home: Home, run: Command, words: Path, tmp_path: Path
) -> None:
    home.add("youtube:AAAAAAAAAAA")
    run("taxonomy", "import", words)
    status, tally = run.json("labels", "import", write(tmp_path, ONE_HOT))
    assert (status, tally["matched"]) == (3, 1)
    assert labels(home)["genres"] == ["Action", "Crime", "Thriller", "Horror"]
    assert labels(home)["known"] == ["Action", "Comedy", "Crime", "Horror", "Thriller"]
    assert "5 columns of 1 and 0" in tally["notes"][0]


def test_a_job_carries_the_words_that_its_one_hot_list_had_to_choose_from(
    home: Home, run: Command, words: Path, tmp_path: Path
) -> None:
    run("taxonomy", "import", words)
    assert run("batch", write(tmp_path, ONE_HOT), "--queue")[0] == 0
    given = {job["trailer_id"]: job["given"] for job in home.documents("jobs").values()}
    assert given["youtube:AAAAAAAAAAA"]["genres"] == ["Action", "Krimi", "Kult", "Neuheit"]
    assert given["youtube:BBBBBBBBBBB"]["offered"] == ["Action", "Comedy", "Krimi", "Kult", "Neuheit"]
