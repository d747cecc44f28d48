"""`trailers review`: decisions, their undoing, files of reviews, and how far reviewers agree."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifier.taxonomy import Taxonomy
from db.identity import IdentityEdit
from db.library_records import Decision, Review, ReviewQuery
from db.records import TrailerLabels
from tests.support.homes import Command, Home
from worker.reviewing.saving import save_review

REASONS = {"anna": "tanks, all along", "ben": "one scene"}
A, B, C = "youtube:AAAAAAAAAAA", "youtube:BBBBBBBBBBB", "youtube:CCCCCCCCCCC"


@pytest.fixture
def home(home: Home) -> Home:
    for trailer_id, own in ((A, "WB-0001"), (B, "WB-0002"), (C, "WB-0002")):
        home.add(trailer_id, title="=Heat", labels=TrailerLabels(("Drama",), "imdb"))
        home.store.identities.edit(trailer_id, IdentityEdit(external_ids=(own,)))
    return home


def reviews(home: Home) -> list[Review]:
    return list(home.store.reviews.iterate(ReviewQuery()))


def genres(home: Home, trailer_id: str = A) -> tuple[str, ...]:
    trailer = home.store.library.get(trailer_id)
    assert trailer is not None
    return trailer.labels.genres


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def write(folder: Path, text: str, name: str = "reviews.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def decide(home: Home, trailer_id: str, by: str, note: str | None = None, **words: Decision) -> None:
    trailer = home.store.library.get(trailer_id)
    assert trailer is not None
    reasons = {genre: REASONS[by] for genre in words if genre == "War"}
    assert save_review(home.store, trailer, words, reviewer=by, note=note, reasons=reasons)


def review_all(home: Home) -> None:
    """Have two people review, with reasons, notes, second thoughts and undoing."""
    decide(home, A, "anna", Drama="accept", War="add")
    decide(home, A, "ben", "-1 of 5\n|sad", War="reject")
    decide(home, B, "anna", Drama="reject")
    home.store.reviews.undo(B, reviewer="ben")
    decide(home, B, "ben", Drama="accept")


def test_a_review_by_your_own_id_counts_until_it_is_undone(home: Home, run: Command) -> None:
    status, made = run.json("review", "add", "WB-0001", "--reject", "Drama", "--add", "science fiction", "--by", "anna")
    assert (status, made["decisions"], made["reviewer"]) == (0, {"Drama": "reject", "Sci-Fi": "add"}, "anna")
    assert genres(home) == ("Sci-Fi",)
    assert run("review", "undo", "WB-0001", "--by", "ben")[0] == 0
    assert genres(home) == ("Drama",)
    (kept,) = reviews(home)
    assert (kept.undone, kept.undone_by) == (True, "ben")
    assert run("review", "undo", "WB-0001")[0] == 4, "there is no review any more"


def test_a_word_of_the_house_stands_for_its_genres_and_so_does_its_reason(home: Home, run: Command) -> None:
    home.store.taxonomies.add(Taxonomy({"Krimi": ("Crime", "Thriller"), "Neuheit": ()}), name="words.csv")
    status, made = run.json("review", "add", A, "--add", "Krimi", "--reason", "Krimi=a heist")
    assert (status, made["decisions"]) == (0, {"Crime": "add", "Thriller": "add"})
    assert made["reasons"] == {"Crime": "a heist", "Thriller": "a heist"}
    assert run("review", "add", A, "--add", "Neuheit")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--add", "Nonsense"), "'Nonsense' is not a known genre; trailers taxonomy show"),
        ((), "nothing is decided"),
        (("--note", "looks well"), "nothing is decided"),
        (("--accept", "War", "--reject", "War"), "'War' can't be both"),
        (("--accept", "War", "--reason", "Drama=sad"), "there is a reason for 'Drama', but no decision"),
        (("--accept", "War", "--reason", f"War={'x' * 301}"), "301 characters"),
    ],
)
def test_decisions_that_make_no_review_change_nothing(
    home: Home, run: Command, arguments: tuple[str, ...], words: str
) -> None:
    status, _, err = run("review", "add", A, *arguments)
    assert status == 2
    assert words in err
    assert reviews(home) == []
    assert run("review", "add", "youtube:nothing0000")[0] == 4


def test_reviews_are_listed_by_person_and_time_and_shown_by_trailer(home: Home, run: Command) -> None:
    review_all(home)
    listed = lines(run("review", "list", "--json")[1])
    assert [(each["trailer_id"], each["reviewer"]) for each in listed] == [
        (B, "ben"),
        (B, "anna"),
        (A, "ben"),
        (A, "anna"),
    ]
    assert [each["reviewer"] for each in lines(run("review", "list", "--reviewer", "anna", "--json")[1])] == [
        "anna"
    ] * 2
    since = listed[1]["created_at"].replace(" ", "T")
    assert len(lines(run("review", "list", "--since", since, "--json")[1])) == 2
    assert len(lines(run("review", "list", "--limit", "1", "--json")[1])) == 1
    status, shown = run.json("review", "show", A)
    assert (status, len(shown["reviews"])) == (0, 2)
    assert [(each["genre"], each["yes"], each["no"]) for each in shown["disputed"]] == [("War", ["anna"], ["ben"])]
    out = run("review", "show", A)[1]
    assert "+War (tanks, all along)" in out
    assert "War: yes anna (tanks, all along); no ben (one scene)" in out


@pytest.mark.parametrize("name", ["reviews.csv", "reviews.jsonl"])
def test_exported_reviews_are_the_same_in_an_empty_database_and_no_more_a_second_time(
    home: Home, run: Command, tmp_path: Path, name: str
) -> None:
    review_all(home)
    before, effective = reviews(home), [genres(home, each) for each in (A, B)]
    assert run("review", "export", tmp_path / name) == (0, "", f"Reviews: {tmp_path / name}\n")
    home.store._access.database["reviews"].delete_many({})
    home.store._access.database["trailers"].update_many({}, {"$pull": {"layers": {"source": "review"}}})
    status, tally = run.json("review", "import", tmp_path / name)
    assert (status, tally["added"], tally["problems"]) == (0, 4, [])
    assert reviews(home) == before
    assert [genres(home, each) for each in (A, B)] == effective
    documents = home.documents("reviews"), home.documents("trailers")
    status, tally = run.json("review", "import", tmp_path / name)
    assert (status, tally["added"], tally["unchanged"], tally["undone"]) == (0, 0, 4, 0)
    assert (home.documents("reviews"), home.documents("trailers")) == documents
    assert run("review", "undo", A)[0] == 0
    assert genres(home) == ("Drama", "War"), "the review before it counts again"


def test_an_undoing_comes_with_the_file_and_reviews_made_since_still_count(
    home: Home, run: Command, tmp_path: Path
) -> None:
    decide(home, A, "anna", War="add")
    run("review", "export", tmp_path / "old.csv")
    home.store.reviews.undo(A, reviewer="anna")
    run("review", "export", tmp_path / "new.csv")
    home.store._access.database["reviews"].delete_many({})
    run("review", "import", tmp_path / "old.csv")
    decide(home, A, "ben", War="reject", Horror="add")
    assert run.json("review", "import", tmp_path / "new.csv")[1]["undone"] == 1
    assert genres(home) == ("Drama", "Horror")
    home.store.reviews.undo(A, reviewer="ben")
    assert genres(home) == ("Drama",)


def test_rows_made_by_hand_follow_one_from_the_other_and_come_once(home: Home, run: Command, tmp_path: Path) -> None:
    text = "id;add;reject;reviewer;note\nWB-0001;War|Sci Fi;;anna;\nWB-0001;;drama;;'=SUM(1)\n"
    path = write(tmp_path, text)
    assert run.json("review", "import", path, "--by", "cleo")[1]["added"] == 2
    assert genres(home) == ("War", "Sci-Fi")
    assert [(each.reviewer, each.note) for each in reviews(home)] == [("anna", None), ("cleo", "=SUM(1)")]
    assert run.json("review", "import", path, "--by", "cleo")[1]["unchanged"] == 2
    row = {"trailer_id": A, "accept": ["Western"], "reasons": {"Western": "hats"}, "created_at": "2020-01-02"}
    path = write(tmp_path, json.dumps(row), "old.jsonl")
    assert run("review", "import", path)[0] == 0
    assert reviews(home)[0].reasons == {"Western": "hats"}
    assert genres(home) == ("War", "Sci-Fi"), "it was made before them"


BAD = {
    "not_found": "youtube:nothing0000,Drama,\nWB-0002,Drama,\nNobody's,Drama,\n",
    "bad_source": "WB-0001,Nonsense,\n,Drama,\nWB-0001,Drama,Drama\n\ufffd\ufffdJFIF\x01,\x02\x03,\x7f\n"
    f"WB-0001,{'x' * 5000},\n",
}


@pytest.mark.parametrize("code", BAD)
def test_a_bad_row_is_told_with_its_number_and_code_and_ends_nothing(
    home: Home, run: Command, tmp_path: Path, code: str
) -> None:
    path = write(tmp_path, f"trailer_id,accept,reject\nWB-0001,Drama,\n{BAD[code]}WB-0001,,Drama\n")
    path.write_bytes(path.read_bytes().replace("\ufffd".encode(), b"\xff\xd8"))
    status, tally = run.json("review", "import", path)
    assert (status, tally["added"]) == (3, 2)
    assert {problem["code"] for problem in tally["problems"]} <= {code, "not_found"}
    assert [problem["row"] for problem in tally["problems"]] == list(range(2, tally["rows"]))
    assert f"row 2: {code}: " in run("review", "import", path)[2]
    assert genres(home) == ()


RUBBISH: dict[str, Callable[[dict[str, Any]], object]] = {
    "not JSON": lambda row: "{",
    "another thing": lambda row: [1, 2],
    "numbers": lambda row: {**row, "reviewer": 1.5},
    "objects": lambda row: {**row, "note": {"$set": 1}},
    "deep": lambda row: {**row, "outcome": {"genres": [[]], "known": []}},
    "its outcome does not follow": lambda row: {**row, "outcome": {**row["outcome"], "genres": []}},
    "other decisions of a stored one": lambda row: {**row, "reviewer": "ben"},
    "another note of a stored one": lambda row: {**row, "note": "not at all"},
    "no such id": lambda row: {**row, "review_id": "x"},
    "a time that is none": lambda row: {**row, "created_at": "yesterday"},
    "the future": lambda row: {**row, "review_id": "0" * 24, "created_at": "2199-01-01"},
    "broken characters": lambda row: {**row, "review_id": "0" * 24, "reasons": {"\ud800": "\udfff"}},
    "reasons that are a list": lambda row: {**row, "reasons": ["War"]},
}


@pytest.mark.parametrize("kind", RUBBISH)
def test_rubbish_between_exported_rows_is_told_and_left_out(
    home: Home, run: Command, tmp_path: Path, kind: str
) -> None:
    decide(home, A, "anna", War="add")
    run("review", "export", tmp_path / "reviews.jsonl")
    good = (tmp_path / "reviews.jsonl").read_text()
    bad = RUBBISH[kind](json.loads(good))
    text = bad if isinstance(bad, str) else json.dumps(bad)
    before = reviews(home)
    status, tally = run.json("review", "import", write(tmp_path, f"{good}{text}\n{good}", "all.jsonl"))
    assert (status, tally["unchanged"], [problem["row"] for problem in tally["problems"]]) == (3, 2, [2])
    assert reviews(home) == before


def test_a_file_that_is_none_is_refused_and_one_for_people_runs_no_formula(
    home: Home, run: Command, tmp_path: Path
) -> None:
    assert run("review", "import", tmp_path / "none.csv")[0] == 1
    assert "empty_file" in run("review", "import", write(tmp_path, ""))[2]
    run("review", "add", A, "--accept", "Drama", "--note", "=1+1", "--by", "anna")
    header, row = csv.reader(run("review", "export")[1].splitlines())
    assert dict(zip(header, row, strict=True)) | {"title": "'=Heat", "note": "'=1+1"} == dict(
        zip(header, row, strict=True)
    )


def test_where_people_differ_and_how_far_they_agree(home: Home, run: Command) -> None:
    review_all(home)
    (found,) = lines(run("review", "disagreements", "--json")[1])
    assert (found["trailer_id"], found["external_id"]) == (A, "WB-0001")
    assert found["genres"] == [
        {"genre": "War", "yes": ["anna"], "no": ["ben"], "reasons": {"anna": "tanks, all along", "ben": "one scene"}}
    ]
    assert "War: yes anna" in run("review", "disagreements")[1]
    assert run.json("review", "agreement")[1]["trailers"] == 1, "anna's review of the other was undone"
    decide(home, B, "anna", Drama="reject", War="add")
    decide(home, B, "ben", Drama="reject")
    agreed = {each["genre"]: each for each in run.json("review", "agreement")[1]["genres"]}
    assert (agreed["Drama"]["kappa"], agreed["Drama"]["observed"]) == (1.0, 1.0)
    assert (agreed["War"]["kappa"], agreed["War"]["observed"]) == (0.0, 0.5)
    assert (agreed["Horror"]["kappa"], agreed["Horror"]["method"], agreed["Horror"]["trailers"]) == (None, "cohen", 2)
    decide(home, C, "cleo", Drama="accept")
    decide(home, C, "ben", Drama="reject")
    out = run.json("review", "agreement")[1]
    assert (out["reviewers"], out["trailers"]) == (["anna", "ben", "cleo"], 3)
    assert {each["method"] for each in out["genres"]} == {"fleiss"}
    assert "anna, ben, cleo" in run("review", "agreement")[2]


def test_nobody_differs_where_nobody_has_reviewed(home: Home, run: Command) -> None:
    assert run("review", "disagreements")[:2] == (0, "")
    assert run.json("review", "agreement") == (0, {"reviewers": [], "trailers": 0, "genres": []})
    assert run("review", "list")[0] == 0


def test_what_reviewers_write_can_not_steer_the_terminal(home: Home, run: Command) -> None:
    decide(home, A, "ben\x1b[31m", Horror="add")
    decide(home, A, "anna", Horror="reject")
    for action in (("disagreements",), ("show", A), ("list",), ("agreement",)):
        status, out, err = run("review", *action)
        assert (status, "\x1b" in out + err) == (0, False), action
