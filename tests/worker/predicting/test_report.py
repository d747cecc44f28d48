import json
from dataclasses import replace

import pytest

from classifier.prediction import Evidence, GenrePrediction, GenreScore
from db.library_records import LibraryTrailer
from db.records import Source, VideoRecord
from worker.clock import clock
from worker.documents import prediction_document, to_json
from worker.predicting.report import print_trailer

VIDEO = VideoRecord(duration_s=65.0, width=64, height=64, fps=24, codec="h264", bytes=1, sha256="0" * 64)
PREDICTION = GenrePrediction(
    model_id="m",
    features_id="f",
    genres=(GenreScore("Drama", 0.75, 0.5, True, 1), GenreScore("Horror", 0.2, 0.5, False, 2)),
    evidence=(Evidence("Drama", 61.0, 65.0, 0.9),),
    timeline={"Drama": (0.75,)},
    warnings=("a warning",),
)


def trailer(title: str) -> LibraryTrailer:
    return LibraryTrailer("file:0123456789abcdef", Source("x", "file", "y", title=title), VIDEO)


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (65.9, "1:05"), (3725, "1:02:05")])
def test_seconds_are_shown_as_on_a_players_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_the_table_names_genre_score_threshold_and_strongest_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    print_trailer(trailer("Film"), PREDICTION, n_frames=65, top=1, told=set())
    out = capsys.readouterr().out
    assert "Drama  0.75" in out
    assert "0.50       yes" in out
    assert "1:01-1:05 (0.90)" in out
    assert "Horror" not in out
    assert "a warning" in out


def test_what_each_part_says_alone_and_adds_is_printed_where_there_are_several(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alone = {"trailer": {"Drama": 0.8, "Horror": 0.3}, "title": {"Drama": 0.1, "Horror": 0.6}}
    parts = {"Drama": {"trailer": 1.25, "title": -0.5}, "Horror": {"trailer": 0.0, "title": 2.0}}
    several = replace(PREDICTION, alone=alone, contributions=parts)
    print_trailer(trailer("Film"), several, n_frames=65, top=1, told=set())
    out = capsys.readouterr().out
    assert "frames alone: Drama 0.80, Horror 0.30; title alone: Horror 0.60, Drama 0.10\n" in out
    assert "Drama from: frames +1.2, title -0.5\n" in out
    assert "Horror from" not in out
    print_trailer(
        trailer("Film"), replace(several, alone={"trailer": alone["trailer"]}), n_frames=65, top=1, told=set()
    )
    assert "alone" not in capsys.readouterr().out


def test_a_hostile_title_can_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_trailer(
        trailer("\x1b[31mred\x1b]0;x\x07 [bold]b[/bold] [/nothing]\u202e"), PREDICTION, n_frames=65, top=1, told=set()
    )
    out = capsys.readouterr().out
    assert "\x1b" not in out.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert "[bold]b[/bold] [/nothing]" in out
    assert "\u202e" not in out


def test_json_is_one_line_of_valid_json() -> None:
    line = to_json(prediction_document(trailer("a\nb \N{CLAPPER BOARD}"), PREDICTION, n_frames=65))
    assert "\n" not in line
    assert json.loads(line)["genres"][0]["genre"] == "Drama"
