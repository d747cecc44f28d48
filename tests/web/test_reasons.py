from itertools import pairwise

import pytest

from classifier.prediction import Evidence, GenrePrediction, GenreScore
from web.reasons import TOGETHER, Reason, explain
from worker.predicting.left_out import LeftOut

SCORE = 0.8807970779778823  # log-odds 2


def predict(parts: dict[str, float], *, score: float = SCORE) -> GenrePrediction:
    timeline = {"Drama": (0.1, 0.9, 0.5, 0.7, 0.6)}
    row, stretch = GenreScore("Drama", score, 0.5, score >= 0.5, 1), Evidence("Drama", 1, 5, 0.7)
    return GenrePrediction("m", "f", (row,), (stretch,), timeline, contributions={"Drama": parts} if parts else {})


def reason_of(parts: dict[str, float], base: float = 0.5, **kwargs: object) -> Reason:
    (reason,) = explain(predict(parts), shares={"Drama": base}, **kwargs)  # type: ignore[arg-type]
    return reason


def test_the_pieces_of_a_bar_lead_from_the_share_to_the_score() -> None:
    pieces = reason_of({"trailer": -1.0, "poster": 0.5, "plot": 2.5}).pieces
    assert [piece.part for piece in pieces] == ["plot", "poster", "trailer"], "what takes away comes last"
    assert pieces[0].start == 0.5
    assert all(before.end == after.start for before, after in pairwise(pieces))
    assert pieces[-1].end == pytest.approx(SCORE)


def test_what_parts_say_only_together_is_a_part_of_its_own() -> None:
    reason = reason_of({"trailer": 0.5, "plot": 0.5})
    assert reason.parts[TOGETHER] == pytest.approx(1.0)
    assert reason.pieces[-1].end == pytest.approx(SCORE)


def test_a_stretch_is_shown_only_where_the_trailer_raised_the_genre_and_by_its_strongest_second_that_counts() -> None:
    assert reason_of({"trailer": 0.1, "plot": 1.9}).stretch is None
    assert reason_of({"trailer": -0.5, "plot": 2.5}).stretch is None
    found = reason_of({"trailer": 2.0})
    assert (found.stretch is not None, found.second) == (True, 1)
    assert reason_of({"trailer": 2.0}, left_out=(LeftOut("titles", 1, 2),)).second == 3


def test_a_genre_is_shown_by_its_strongest_part_that_is_a_thing_to_show() -> None:
    assert reason_of({"other_genres": 1.2, "trailer": 0.8}).shown_by == "trailer"
    assert reason_of({"other_genres": 2.0}).shown_by is None


def test_a_prediction_from_before_there_were_contributions_keeps_its_stretches() -> None:
    (reason,) = explain(predict({}))
    assert (reason.pieces, reason.lift, reason.second) == ((), None, 1)


def test_how_much_likelier_a_genre_is_than_in_any_film_is_known_and_whether_its_share_alone_passes() -> None:
    assert reason_of({"plot": 2.0}, base=0.25).lift == pytest.approx(3.52, abs=0.01)
    assert (reason_of({}, base=0.6).is_common, reason_of({}, base=0.4).is_common) == (True, False)
