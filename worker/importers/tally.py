"""Tallies of an import: the rows used, and the others by what is wrong with them."""

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

from classifier.counts import count
from worker.errors import exit_status
from worker.lists.tags import TagCounts

MAX_NAMES = 100  # in JSON


@dataclass(slots=True)
class GenreTally(TagCounts):
    """The counts of a list of labels: rows, error codes of those not used, genres to look at."""

    rows: int = 0
    problems: Counter[str] = field(default_factory=Counter)

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
        lines = [
            f"{count(self.rows, 'row')}: {self.used:,} used ({self.labelled:,} with genres), {self.repeated:,} repeated"
        ]
        if self.problems:
            ranked = ", ".join(f"{code!r} ({n:,})" for code, n in self.problems.most_common())
            lines.append(f"{count(self.problems.total(), 'row')} that can't be used: {ranked}")
        return [*lines, *self.notes()]
