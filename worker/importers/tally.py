"""Tallies of an import: the rows used, and the others by what is wrong with them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from classifier.genres import read_genres
from worker.errors import exit_status

SHOWN = 5
MAX_NAMES = 100  # in JSON


@dataclass(slots=True)
class GenreTally:
    """The counts of a list of labels: rows, error codes of those not used, genres to look at."""

    rows: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    unknown_genres: Counter[str] = field(default_factory=Counter)
    repaired_genres: Counter[str] = field(default_factory=Counter)

    def read_genres(self, texts: Sequence[str], vocabulary: str) -> tuple[str, ...]:
        """Return the genres that texts mean, and count those not understood or repaired."""
        read = read_genres(texts, vocabulary)
        self.unknown_genres.update(genre[:60] for genre in read.unknown)
        self.repaired_genres.update(genre[:60] for genre in read.repaired)
        return read.genres

    @property
    def status(self) -> int:
        """The exit code: 0, 3 if some rows could not be used, the errors' own if none could."""
        return exit_status(list(self.problems.elements()), n_all=self.rows)

    def document(self) -> dict[str, Any]:
        """Return the counts as JSON fields, of unknown and repaired genres the most frequent."""
        counts = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: dict((+n).most_common(MAX_NAMES)) if isinstance(n, Counter) else n for name, n in counts.items()}


@dataclass(slots=True)
class Tally(GenreTally):
    """The counts of an import: rows used, those of them with genres, and repeats."""

    used: int = 0
    labelled: int = 0
    repeated: int = 0

    def lines(self) -> list[str]:
        """Return the counts as lines for people."""
        lines = [f"{self.rows:,} rows: {self.used:,} used ({self.labelled:,} with genres), {self.repeated:,} repeated"]
        for what, counts in (
            ("rows that can't be used", self.problems),
            ("genres not understood", self.unknown_genres),
            ("genres repaired", self.repaired_genres),
        ):
            if counts:
                ranked = ", ".join(f"{name!r} ({n:,})" for name, n in counts.most_common(SHOWN))
                more = f", and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
                lines.append(f"{counts.total():,} {what}: {ranked}{more}")
        return lines
