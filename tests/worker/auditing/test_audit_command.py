import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.taxonomy import make_taxonomy
from db.labelling.reviews import Reviews
from db.library_records import NewReview, Review
from tests.support.audits.library import TOO_FEW, TOO_MANY, N, add_film, audited_id, fill_library
from tests.support.homes import Command, Home


@pytest.fixture
def films(home: Home) -> Home:
    fill_library(home.store)
    return home


def write_audit(run: Command, path: Path) -> list[dict[str, str]]:
    status, _, _ = run("audit", "--out", path)
    assert status == 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def decide(path: Path, rows: list[dict[str, str]], **decisions: str) -> None:
    """Write the file as a person saves it; decisions by place in the ranking, `n0` the first."""
    for place, decision in decisions.items():
        rows[int(place[1:])]["decision"] = decision
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def labels(home: Home, trailer_id: str) -> tuple[set[str], str | None]:
    trailer = home.store.library.get(trailer_id)
    assert trailer is not None
    return set(trailer.labels.genres), trailer.labels.source


def test_the_trailers_with_mistakes_come_first_with_what_to_do(films: Home, run: Command) -> None:
    status, out, err = run("audit", "--json")
    first, second, *others = map(json.loads, out.splitlines())
    assert status == 0 and len(others) == N - 2
    assert {first["trailer_id"], second["trailer_id"]} == {TOO_MANY, TOO_FEW}
    many, few = (first, second) if first["trailer_id"] == TOO_MANY else (second, first)
    assert (many["doubtful"], many["suggestion"]) == ("Horror", ["Comedy", "Romance"])
    assert (few["missing"], few["suggestion"]) == ("Thriller", ["Crime", "Thriller"])
    assert many["probability"] > 3 * others[0]["probability"]
    assert (many["source"], many["reviewed"], many["decision"]) == ("imdb", False, None)
    assert err == "20 trailers audited; left out: 1 without tags, 1 without a prediction\n"


def test_of_one_genre_only_its_own_mistakes_are_told(films: Home, run: Command) -> None:
    _, out, _ = run("audit", "--genre", "horror", "--limit", "3", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (rows[0]["trailer_id"], rows[0]["doubtful"], rows[0]["missing"]) == (TOO_MANY, "Horror", None)
    assert {(row["doubtful"], row["missing"]) for row in rows[1:]} == {(None, "Horror")}


def test_the_table_shows_what_to_take_away_and_what_to_add(films: Home, run: Command) -> None:
    status, out, _ = run("audit", "--limit", "2")
    assert status == 0
    assert "-Horror" in out and "+Thriller" in out


def test_decisions_become_reviews_and_the_same_file_twice_changes_nothing(
    films: Home, run: Command, tmp_path: Path
) -> None:
    path = tmp_path / "audit.csv"
    rows = write_audit(run, path)
    assert rows[0]["title"].startswith("'=Film")  # no formula
    decide(path, rows, n0="accept", n1=" Accept", n2="dismiss")
    assert run.json("audit", "--apply", path, "--by", "anna") == (0, {"reviewed": 3, "unchanged": 0, "not_kept": 0})
    assert labels(films, TOO_MANY) == ({"Comedy", "Romance"}, "review")
    assert labels(films, TOO_FEW) == ({"Crime", "Thriller"}, "review")
    assert labels(films, rows[2]["trailer_id"]) == (set(rows[2]["tags"].split("|")), "review")
    before = films.documents("reviews")
    assert {review["reviewer"] for review in before.values()} == {"anna"}
    assert run.json("audit", "--apply", path)[1] == {"reviewed": 0, "unchanged": 3, "not_kept": 0}
    assert films.documents("reviews") == before


def test_of_two_people_who_decide_the_same_at_once_one_decided_before(
    films: Home, run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "audit.csv"
    decide(path, write_audit(run, path), n0="accept")
    save = Reviews.save

    def save_second(reviews: Reviews, new: NewReview) -> Review | None:
        assert save(reviews, replace(new, reviewer="ben"))
        return save(reviews, new)

    monkeypatch.setattr(Reviews, "save", save_second)
    assert run.json("audit", "--apply", path, "--by", "anna") == (0, {"reviewed": 0, "unchanged": 1, "not_kept": 0})


def test_reviewed_trailers_are_left_out_unless_asked_for(films: Home, run: Command, tmp_path: Path) -> None:
    path = tmp_path / "audit.csv"
    decide(path, write_audit(run, path), n0="accept")
    run("audit", "--apply", path)
    _, out, err = run("audit", "--json")
    assert len(out.splitlines()) == N - 1
    assert "19 trailers audited" in err and "1 reviewed" in err
    _, out, _ = run("audit", "--json", "--reviewed")
    assert [json.loads(line)["reviewed"] for line in out.splitlines()].count(True) == 1


def test_a_suggestion_that_a_person_changed_is_what_the_review_says(films: Home, run: Command, tmp_path: Path) -> None:
    path = tmp_path / "audit.csv"
    rows = write_audit(run, path)
    rows[0]["suggestion"] = "science fiction | Comedy"
    decide(path, rows, n0="accept")
    assert run("audit", "--apply", path)[0] == 0
    assert labels(films, rows[0]["trailer_id"])[0] == {"Sci-Fi", "Comedy"}


def test_a_suggestion_may_be_changed_in_words_of_the_house(films: Home, run: Command, tmp_path: Path) -> None:
    films.store.taxonomies.add(make_taxonomy([("Krimi", ["Crime", "Thriller"])]), name="words.csv")
    path = tmp_path / "audit.csv"
    rows = write_audit(run, path)
    rows[0]["suggestion"] = "krimi | Comedy"
    decide(path, rows, n0="accept")
    assert run("audit", "--apply", path)[0] == 0
    assert labels(films, rows[0]["trailer_id"])[0] == {"Crime", "Thriller", "Comedy"}


def test_the_file_that_was_written_is_told_with_what_to_do_next(films: Home, run: Command, tmp_path: Path) -> None:
    path = tmp_path / "audit.csv"
    _, out, err = run("audit", "--out", path)
    assert out == "" and f"Findings: {path}\n" in err and f"trailers audit --apply {path}\n" in err
    assert "--apply" not in run("audit", "--out", tmp_path / "audit.jsonl")[2]  # cannot be read back


def test_rows_that_cannot_be_kept_are_told_and_the_others_are(films: Home, run: Command, tmp_path: Path) -> None:
    path = tmp_path / "audit.csv"
    rows = write_audit(run, path)
    rows[1]["trailer_id"] = "youtube:nobodyknows"
    rows[3]["suggestion"] = "Nonsense"
    rows[4]["tags"] = "War"
    decide(path, rows, n0="accept", n1="accept", n2="perhaps", n3="accept", n4="dismiss", n5="dismiss")
    rows.append({**rows[0], "trailer_id": "\x1b[31m$ne"})
    rows.append({**rows[6], "suggestion": "x" * 2**20})  # longer than a row may be
    decide(path, rows, n6="accept")
    path.write_bytes(path.read_bytes() + b"\xff\xd8\xff\xe0 a picture,,\r\n,,,,,accept\r\n")
    status, out, err = run("audit", "--apply", path)
    assert (status, out) == (3, "3 reviews made, 0 made before, 6 rows not kept\n")
    assert "\x1b" not in err and len(err) < 3000
    for told in (
        "row 2: youtube:nobodyknows is not stored",
        "row 3: 'perhaps' is not a decision",
        "row 4: 'Nonsense' is not a known",
    ):
        assert told in err
    assert "has other tags now" in err


def test_tags_that_changed_since_the_audit_are_not_overwritten(films: Home, run: Command, tmp_path: Path) -> None:
    path = tmp_path / "audit.csv"
    decide(path, write_audit(run, path), n0="accept", n1="accept")
    add_film(films.store, int(TOO_MANY[-2:]), tags=("War",), scores={"War": 0.5})
    assert run("audit", "--apply", path)[0] == 3
    assert labels(films, TOO_MANY) == ({"War"}, "imdb")


@pytest.mark.parametrize(
    ("text", "told"),
    [("trailer_id,decision\nyoutube:film0000004,accept\n", "no column 'tags'"), ("", "empty_file"), ("\0\1\2", "bad")],
)
def test_a_file_that_is_no_audit_is_refused(films: Home, run: Command, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "other.csv").write_text(text)
    status, _, err = run("audit", "--apply", tmp_path / "other.csv")
    assert status == 1 and told in err
    assert run("audit", "--apply", tmp_path / "missing.csv")[0] == 1


def test_genres_are_told_in_the_words_of_the_house(home: Home, run: Command) -> None:
    home.store.taxonomies.add(
        make_taxonomy(
            [("Lachen", ["Comedy"]), ("Krimi", ["Crime", "Thriller"]), ("Grusel", ["Horror"]), ("Liebe", ["Romance"])]
        ),
        name="words.csv",
    )
    fill_library(home.store, source="house")
    add_film(
        home.store,
        30,
        tags=("Lachen", "Liebe", "Krimi"),
        scores={"Comedy": 0.9, "Romance": 0.9, "Crime": 0.02},
        source="house",
    )
    _, out, _ = run("audit", "--json")
    rows = {row["trailer_id"]: row for row in map(json.loads, out.splitlines())}
    assert rows[TOO_MANY]["doubtful_words"] == ["Horror"]  # as it is written
    assert rows[TOO_FEW]["missing_words"] == ["Krimi"]
    assert rows[audited_id(30)]["doubtful_words"] == ["Krimi"]


def test_an_empty_library_has_nothing_to_audit(home: Home, run: Command) -> None:
    status, out, err = run("audit", "--json")
    assert (status, out, err) == (0, "", "0 trailers audited\n")


def test_no_file_is_written_to_a_folder_that_is_not_there(films: Home, run: Command, tmp_path: Path) -> None:
    assert run("audit", "--out", tmp_path / "no" / "audit.csv")[0] == 1
    assert run("audit", "--out", tmp_path / "audit.doc")[0] == 1
    assert not list(tmp_path.iterdir())
