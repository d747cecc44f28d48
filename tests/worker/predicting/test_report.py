import io
import json
from dataclasses import replace

import pytest

from classifier.prediction import Evidence, GenrePrediction, GenreScore
from classifier.warnings import ZERO_SHOT
from db.library_records import LibraryTrailer
from db.records import Source, VideoRecord
from worker.clock import clock
from worker.documents import prediction_document, to_json
from worker.predicting.report import print_table, print_trailer
from worker.terminal import BAD, warn

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


def test_a_note_on_the_model_is_told_once_in_a_run_and_one_on_a_film_each_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told: set[str] = set()
    noted = replace(PREDICTION, warnings=(ZERO_SHOT, "The video lasts 6 seconds, less than any trailer."))
    for _ in range(2):
        print_trailer(trailer("Film"), noted, n_frames=65, top=1, told=told)
    out = capsys.readouterr().out
    assert (out.count(ZERO_SHOT[:40]), out.count("lasts 6 seconds")) == (1, 2)


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_repeat_what_words_say_and_are_left_out_where_they_are_not_wanted(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], coloured: bool
) -> None:
    for name, value in {"TERM": "xterm", "NO_COLOR": "", "COLUMNS": "100", **environment}.items():
        monkeypatch.setenv(name, value)
    out, err = Terminal(), Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    print_table(("job", "stage"), [("1", "failed"), ("failed", "done")])
    print_trailer(trailer("Film"), PREDICTION, n_frames=65, top=2, told=set())
    warn("no_model: none", colour=BAD)
    assert err.getvalue().endswith(" no_model: none\n")
    assert ("\x1b[31mtrailers:" in err.getvalue()) == coloured
    assert [text in out.getvalue() for text in ("\x1b[31mfailed", "\x1b[32mdone", "\x1b[32myes")] == [coloured] * 3
    assert out.getvalue().count("\x1b[31m") == coloured  # the job that is called so has none


def test_ids_stay_whole_where_the_terminal_is_narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr("sys.stdout", out := Terminal())
    print_table(("trailer_id", "title"), [("file:0123456789abcdef", "A title of many words " * 4)])
    print_trailer(trailer("Film"), PREDICTION, n_frames=65, top=2, told=set())
    assert "file:0123456789abcdef" in out.getvalue()
    assert ("█" in out.getvalue(), "1:01-1:05" in out.getvalue()) == (False, True)
