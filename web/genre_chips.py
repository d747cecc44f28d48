"""Genre chips: what a trailer's card says of its genres, tags first, each beside the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from db.library_records import LibraryTrailer

Kind = Literal["agree", "extra", "tag", "missing", "verdict", "below"]
MEANING: Mapping[Kind, str] = {
    "agree": "tag, and in the verdict",
    "extra": "tag only: the verdict lacks it",
    "tag": "tag: the verdict can't say",
    "missing": "verdict only: the tags lack it",
    "verdict": "in the verdict",
    "below": "below its threshold",
}
SIGNS: Mapping[Kind, str] = {"agree": "pass", "extra": "minus", "missing": "plus", "below": "below"}


@dataclass(frozen=True, slots=True)
class GenreChip:
    """A genre of a trailer, and how its tags and verdict compare; the score is None for one that has none."""

    genre: str
    kind: Kind
    score: float | None

    @property
    def sign(self) -> str | None:
        """The icon that says so."""
        return SIGNS.get(self.kind)

    @property
    def meaning(self) -> str:
        """The same in words."""
        return MEANING[self.kind]


def list_chips(trailer: LibraryTrailer) -> tuple[GenreChip, ...]:
    """Return the chips of a trailer: its tags, then the genres of the verdict that they lack.

    Without either, those are the genres next to passing.
    """
    verdict, tags = trailer.verdict, trailer.labels.genres
    scores, passed = (verdict.scores, verdict.passed) if verdict else ({}, ())
    disputed = verdict.disputed if verdict else ()
    kinds: dict[str, Kind] = {
        genre: "agree" if genre in passed else "extra" if genre in disputed else "tag" for genre in tags
    }
    kinds |= {genre: "missing" if genre in disputed else "verdict" for genre in passed if genre not in tags}
    if not kinds and verdict:
        kinds = dict.fromkeys(verdict.top, "below")
    return tuple(GenreChip(genre, kind, scores.get(genre)) for genre, kind in kinds.items())
