"""`trailers export`: what the files say, that pandas reads them, and that they are whole and miss no change."""

import csv
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas
import pytest

from classifier.prediction import Evidence, GenrePrediction, GenreScore
from classifier.taxonomy import Taxonomy
from classifier.warnings import UNSURE
from db.identity import IdentityEdit
from db.library_records import LibraryQuery
from db.queue.job_records import Inputs
from db.records import TrailerLabels
from db.store import Store
from tests.support.homes import Command, Home
from web.reviews import save_review, undo_review
from worker.exporting import library
from worker.exporting.scores import TIMELINE_COLUMNS
from worker.exporting.tags import COLUMNS, tag_table
from worker.predicting.prediction import DAMAGED
from worker.runtime import Runtime

HEAT, PLAIN = "youtube:aaaaaaaaaaa", "file:0123456789abcdef"
WORDS = {"Krimi": ("Crime", "Thriller"), "Lustspiel": ("Comedy",), "Neuheit": ()}
WARNINGS = (f"{DAMAGED} in 1 of 3 seconds, which don't count: 2.", f"{UNSURE}: War (0.50).")
READERS: dict[str, Callable[[Path], Any]] = {
    "csv": pandas.read_csv,
    "jsonl": lambda path: pandas.read_json(path, lines=True),
    "parquet": pandas.read_parquet,
}


def predict(store: Store, trailer_id: str, model_id: str = "a" * 64, *, warnings: tuple[str, ...] = ()) -> None:
    scores = {"Crime": 0.9123456, "Comedy": 0.7, "War": 0.5, "Horror": 0.1}
    genres = tuple(GenreScore(genre, score, 0.6, score >= 0.6, n) for n, (genre, score) in enumerate(scores.items(), 1))
    evidence = (Evidence("Crime", 0.0, 2.5, 0.9), Evidence("Comedy", 1.0, 3.0, 0.7))
    timeline = {"Crime": (0.9, 0.8, 0.7), "War": (0.1, 0.2, 0.3)}
    prediction = GenrePrediction(model_id, "f", genres, evidence, timeline, warnings=warnings)
    store.predictions.save(trailer_id, prediction)


def review(store: Store, trailer_id: str) -> None:
    trailer = store.library.get(trailer_id)
    assert trailer is not None
    save_review(store, trailer, {"Comedy": "add"}, reviewer="anna", note=None)


def tag(store: Store, *genres: str) -> None:
    store.labels.update({HEAT: TrailerLabels(genres, "house")})


@pytest.fixture
def two(home: Home) -> Store:
    """A trailer with everything, and one with nothing but a title."""
    store = home.store
    home.add(PLAIN, title="=2+2")
    home.add(HEAT, title="Heat - official")
    store.taxonomies.add(Taxonomy(WORDS), name="words.csv")
    store.trailers.add_inputs(
        HEAT, Inputs(external_ids=("WB-0001",), title="Heat", year=1995, film="F-1", metadata={"rating": 16})
    )
    tag(store, "krimi", "Neuheit", "Kult")
    predict(store, HEAT, warnings=WARNINGS)
    review(store, HEAT)
    return store


@pytest.mark.parametrize("kind", list(READERS))
def test_pandas_reads_the_tags_of_every_trailer(two: Store, run: Command, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"tags.{kind}"
    status, _, err = run("export", "tags", out)
    assert (status, f"2 rows: {out}" in err, "--changed-since 20" in err) == (0, True, True)
    table = READERS[kind](out).set_index("trailer_id")
    assert [*table.columns] == [name for name in COLUMNS if name != "trailer_id"]
    heat = table.loc[HEAT]
    texts = {
        name: "|".join(heat[name]) if kind != "csv" else heat[name] for name, of in COLUMNS.items() if of == "texts"
    }
    assert texts == {
        "house_tags": "krimi|Neuheit|Kult",
        "verdict": "Crime|Comedy",
        "reviewed_tags": "Crime|Thriller|Kult|Comedy",
        "effective_tags": "Crime|Thriller|Kult|Comedy",
        "effective_words": "Krimi|Kult|Lustspiel",
        "evidence": "Crime 0-2.5|Comedy 1-3",
        "flags": "unknown_words|damaged|unsure",
    }
    assert (heat["external_id"], heat["title"], heat["year"], heat["film_id"]) == ("WB-0001", "Heat", 1995, "F-1")
    assert kind == "jsonl" or json.loads(heat["metadata"]) == {"rating": 16}
    assert (heat["genre_1"], heat["score_1"], heat["labels_source"], heat["reviewer"]) == (
        *("Crime", 0.9123, "review", "anna"),
    )
    reviewed = pandas.to_datetime(table["reviewed_at"], utc=True, format="ISO8601" if kind != "parquet" else None)
    assert abs(reviewed[HEAT] - pandas.Timestamp.now("UTC")) < pandas.Timedelta(minutes=5)
    assert pandas.isna(reviewed[PLAIN]) and pandas.isna(table.loc[PLAIN, "genre_1"])


def test_a_trailer_without_review_and_verdict_has_none(two: Store, run: Command) -> None:
    status, out, _ = run("export", "tags", "--json", "--text", "2+2")
    (row,) = map(json.loads, out.splitlines())
    assert (status, tuple(row)) == (0, tuple(COLUMNS))
    assert {name: row[name] for name in ("trailer_id", "title", "flags")} == {
        "trailer_id": PLAIN,
        "title": "=2+2",
        "flags": ["no_verdict"],
    }
    empty = ("house_tags", "reviewed_tags", "effective_tags", "effective_words", "verdict", "evidence")
    assert [row[name] for name in empty] == [[]] * len(empty)


def test_a_review_that_newer_tags_contradict_is_flagged(two: Store, runtime: Runtime) -> None:
    tag(two, "Neuheit", "Krimi", "Horror")
    flags = next(iter(tag_table(runtime, LibraryQuery(external_id="WB-0001")).rows))["flags"]
    assert flags == ["disputed", "contested", "waits_for_review", "unknown_words", "damaged", "unsure"]


def test_no_cell_is_a_formula(two: Store, run: Command, tmp_path: Path) -> None:
    run("export", "tags", tmp_path / "tags.csv")
    with (tmp_path / "tags.csv").open(encoding="utf-8-sig", newline="") as file:
        titles = [row["title"] for row in csv.DictReader(file)]
    assert titles == ["Heat", "'=2+2"]


def test_without_a_taxonomy_the_words_are_the_genres(home: Home, run: Command) -> None:
    home.add(HEAT, labels=TrailerLabels(("Sci-Fi", "Drama"), "imdb"))
    row = json.loads(run("export", "tags", "--json")[1])
    assert row["effective_tags"] == row["effective_words"] == ["Sci-Fi", "Drama"]
    assert row["labels_source"] == "imdb"


@pytest.mark.parametrize(("kind", "content"), [("csv", ",".join(COLUMNS)), ("jsonl", "")])
def test_an_empty_library_gives_a_file_without_rows_and_says_so(
    home: Home, run: Command, tmp_path: Path, kind: str, content: str
) -> None:
    status, out, err = run("export", "tags", tmp_path / f"tags.{kind}", "--json")
    assert (status, json.loads(out)["rows"], "No trailer is stored yet" in err) == (0, 0, True)
    assert (tmp_path / f"tags.{kind}").read_text("utf-8-sig").strip() == content
    assert run("export", "timelines", tmp_path / "t.parquet", "--genre", "War")[0] == 0
    assert [*pandas.read_parquet(tmp_path / "t.parquet").columns] == [*TIMELINE_COLUMNS]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["tags.xlsx"], 1, "must end in .csv, .jsonl, .ndjson, .parquet"),
        (["missing/tags.csv"], 1, "there is no folder"),
        (["tags.csv", "--genre", "Krimi"], 2, "'Krimi' is not a genre; genres are Action, "),
        (["tags.csv", "--changed-since", "yesterday"], 2, "'yesterday' is not a valid time; write 2026-11-21"),
        (["tags.csv", "--changed-since", "0001-01-01T00:00+23:00"], 2, "is not a valid time"),
    ],
)
def test_what_can_not_be_exported_is_refused_and_the_file_stays(
    home: Home,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    status: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tags.csv").write_text("old")
    try:
        code = Command(capsys)("export", "tags", *arguments)
    except SystemExit as exc:
        code = (int(exc.code or 0), "", capsys.readouterr().err)
    assert (code[0], message in code[2]) == (status, True), code
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"tags.csv": "old"}


def test_parquet_without_pyarrow_is_refused_before_the_work(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    status, _, err = run("export", "tags", tmp_path / "tags.parquet")
    assert (status, "pip install 'pyarrow>=20'), or name a .csv or .jsonl file" in err) == (1, True)


def test_predictions_have_a_row_for_each_genre_and_timelines_for_each_second(
    two: Store, run: Command, tmp_path: Path
) -> None:
    run("export", "predictions", tmp_path / "p.parquet")
    rows = pandas.read_parquet(tmp_path / "p.parquet")
    assert rows["genre"].tolist() == ["Crime", "Comedy", "War", "Horror"]
    assert rows[["score", "threshold", "passed", "start_s", "end_s"]].iloc[0].tolist() == [0.9123456, 0.6, True, 0, 2.5]
    assert (rows["end_s"].isna().sum(), rows["modalities"].iloc[0].tolist()) == (2, ["trailer"])
    run("export", "timelines", tmp_path / "t.csv")
    wide = pandas.read_csv(tmp_path / "t.csv").pivot(index=["trailer_id", "second"], columns="genre", values="score")
    assert wide.loc[(HEAT, 1)].to_dict() == {"Crime": 0.8, "War": 0.2}


def test_the_predictions_of_an_earlier_model_can_be_named(two: Store, runtime: Runtime) -> None:
    predict(two, HEAT, "b" * 64)
    pairs = {model: dict(read_ids(runtime, model)) for model in (None, "a" * 64, "c" * 64)}
    assert pairs == {
        None: {HEAT: "b" * 64, PLAIN: None},
        "a" * 64: {HEAT: "a" * 64, PLAIN: None},
        "c" * 64: {HEAT: None, PLAIN: None},
    }


def read_ids(runtime: Runtime, model_id: str | None) -> list[tuple[str, str | None]]:
    pairs = library.read_trailers(runtime, LibraryQuery(), model_id=model_id, without=("timeline",))
    return [(trailer.trailer_id, prediction.model_id if prediction else None) for trailer, prediction in pairs]


def edit(store: Store) -> None:
    store.identities.edit(HEAT, IdentityEdit(year=1996))


@pytest.mark.parametrize(
    "change",
    [
        lambda store: tag(store, "Krimi"),
        lambda store: store.labels.update({HEAT: TrailerLabels(("Drama",), "imdb")}),
        lambda store: review(store, HEAT),
        lambda store: undo_review(store, HEAT, reviewer="anna", review_id=None),
        lambda store: predict(store, HEAT, "b" * 64),
        edit,
    ],
    ids=["house", "imdb", "review", "undo", "verdict", "identity"],
)
def test_an_export_of_what_changed_since_has_every_change(
    two: Store, runtime: Runtime, change: Callable[[Store], None]
) -> None:
    settle(two)
    since = LibraryQuery(changed_since=datetime.now(UTC) - timedelta(hours=1))
    assert ids(runtime, since) == []
    change(two)
    assert ids(runtime, since) == [HEAT]


def test_new_words_of_the_house_count_as_a_change_of_all(two: Store, runtime: Runtime) -> None:
    settle(two)
    since = LibraryQuery(changed_since=datetime.now(UTC) - timedelta(hours=1))
    assert ids(runtime, since) == []
    two.taxonomies.add(Taxonomy({**WORDS, "Komödie": ("Comedy",)}), name="more.csv")
    assert ids(runtime, since) == [HEAT, PLAIN]


def settle(store: Store) -> None:
    """Have all that is stored be a day old."""
    old = {"updated_at": datetime.now(UTC) - timedelta(days=1)}
    for name in ("trailers", "taxonomies"):
        store._access.collection(name).update_many({}, {"$set": {**old, "created_at": old["updated_at"]}})


def ids(runtime: Runtime, wanted: LibraryQuery) -> list[str]:
    return sorted((str(row["trailer_id"]) for row in tag_table(runtime, wanted).rows), reverse=True)


def test_trailers_are_read_while_they_are_written_each_once_although_others_work(
    home: Home, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "AT_ONCE", 2)
    added = [f"file:{number:016x}" for number in range(7)]
    for trailer_id in added:
        home.add(trailer_id)
    rows = iter(tag_table(runtime, LibraryQuery()).rows)
    seen = [next(rows)["trailer_id"]]
    home.add("file:new0000000000000")  # stored now, and one that is read later changes
    home.store.trailers.add_inputs(added[2], Inputs(title="Changed"))
    later = {row["trailer_id"]: row["title"] for row in rows}
    assert [*seen, *later] == added[::-1]
    assert later[added[2]] == "Changed", "it was not read before it was wanted"


def test_a_list_is_filtered_as_an_export_is(two: Store, run: Command) -> None:
    def listed(*options: str) -> list[str]:
        return [json.loads(line)["trailer_id"] for line in run("list", "--json", *options)[1].splitlines()]

    for options in (["--genre", "crime", "--reviewed"], ["--text", "2"], ["--genre", "Horror"]):
        exported = [
            json.loads(line)["trailer_id"] for line in run("export", "tags", "--json", *options)[1].splitlines()
        ]
        assert sorted(exported) == sorted(listed(*options)), options
    assert listed("--changed-since", "2199-01-01T00:00Z") == []
