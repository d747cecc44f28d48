"""Comparison of tags and verdict, genre by genre."""

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.prediction import GenreScore
from db.fields import row_labels
from db.records import TrailerLabels


@dataclass(frozen=True, slots=True)
class GenreComparison:
    """One genre: whether it is among the tags, and its score, None for a genre the model doesn't know.

    `state` is "agree" (in both), "not tagged" (only in the verdict), "not seen" (only in the tags), "neither", or
    "unknown" where one of them can't say.
    """

    genre: str
    tagged: bool
    verdict: GenreScore | None
    state: str


def compare(labels: TrailerLabels, verdicts: Sequence[GenreScore]) -> tuple[GenreComparison, ...]:
    """Return a row for each genre of the tags or the verdict: disagreements first, then by score."""
    scores = {verdict.genre: verdict for verdict in verdicts}
    row = row_labels(labels)
    tags = (*row.named, *row.unknown)
    rows = [
        _compare(genre, scores.get(genre), tagged=genre in tags, known=genre in row.decided)
        for genre in dict.fromkeys((*tags, *scores))
    ]
    return tuple(sorted(rows, key=_rank))


def _compare(genre: str, verdict: GenreScore | None, *, tagged: bool, known: bool) -> GenreComparison:
    if verdict is None or not known:
        return GenreComparison(genre, tagged, verdict, "unknown")
    states = {(True, True): "agree", (False, True): "not tagged", (True, False): "not seen", (False, False): "neither"}
    return GenreComparison(genre, tagged, verdict, states[tagged, verdict.passed])


def _rank(row: GenreComparison) -> tuple[bool, float]:
    return row.state not in ("not tagged", "not seen"), -(row.verdict.score if row.verdict else 0.0)
