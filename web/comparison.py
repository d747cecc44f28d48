"""Tags against verdict: genre by genre, where they agree and where not."""

from collections.abc import Sequence
from dataclasses import dataclass

from classifier.prediction import GenreScore
from db.fields import row_labels
from db.records import TrailerLabels


@dataclass(frozen=True, slots=True)
class GenreComparison:
    """One genre: whether it is among the tags, and what the trailer says; None for a genre the model doesn't know.

    `state` is "agree" (both say yes), "not tagged" (only the trailer), "not seen" (only the tags), "neither", or
    "unknown" where one of them can't tell.
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
        _compare(genre, scores.get(genre), tagged=genre in tags, told=genre in row.told)
        for genre in dict.fromkeys((*tags, *scores))
    ]
    return tuple(sorted(rows, key=_place))


def _compare(genre: str, verdict: GenreScore | None, *, tagged: bool, told: bool) -> GenreComparison:
    if verdict is None or not told:
        return GenreComparison(genre, tagged, verdict, "unknown")
    said = {(True, True): "agree", (False, True): "not tagged", (True, False): "not seen", (False, False): "neither"}
    return GenreComparison(genre, tagged, verdict, said[tagged, verdict.passed])


def _place(row: GenreComparison) -> tuple[int, float]:
    disagrees = row.state in ("not tagged", "not seen")
    return (0 if disagrees else 1), -(row.verdict.score if row.verdict else 0.0)
