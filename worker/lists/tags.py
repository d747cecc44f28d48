"""Tags of a list's rows: what they mean by their source or the house's taxonomy, and counts of the unknown ones."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from classifier.counts import count
from classifier.taxonomy import Tags, Taxonomy, read_tags
from worker.lists.rows import ListRow

SHOWN = 10
MAX_SHOWN = 60  # characters of a word


@dataclass(slots=True)
class TagCounts:
    """The words of a list that are unknown, and the damaged ones whose genre could still be read, with counts."""

    unknown_genres: Counter[str] = field(default_factory=Counter)
    repaired_genres: Counter[str] = field(default_factory=Counter)

    def read_tags(self, texts: Sequence[str], source: str, taxonomy: Taxonomy, offered: Sequence[str] = ()) -> Tags:
        """Return what a row's texts mean, as `classifier.taxonomy.read_tags` does, and count what is to be told."""
        tags = read_tags(texts, source, taxonomy, offered)
        self.unknown_genres.update(word[:MAX_SHOWN] for word in tags.unknown)
        self.repaired_genres.update(word[:MAX_SHOWN] for word in tags.repaired)
        return tags

    def notes(self) -> tuple[str, ...]:
        """Return what is to be told of the whole list."""
        told = (("not understood, kept as they are", self.unknown_genres), ("repaired", self.repaired_genres))
        return tuple(f"genres {what}: {_ranked(counts)}" for what, counts in told if counts)


def describe_reviews(kept: int, reopened: int) -> list[str]:
    """Return what is to be told of reviews that say otherwise than a list, `reopened` of them from now on."""
    waiting = f"; {reopened:,} of them wait to be reviewed again" if reopened else ""
    return (
        [f"{count(kept, 'trailer has', 'trailers have')} a review that says otherwise, and counts{waiting}"]
        if kept
        else []
    )


def with_note(row: ListRow, tags: Tags) -> ListRow:
    """Return a row with a note of its tags that are not understood."""
    if not tags.unknown:
        return row
    unknown = ", ".join(map(repr, tags.unknown[:5]))
    return replace(row, notes=(*row.notes, f"genres not understood: {unknown}; they are kept as they are"))


def _ranked(counts: Counter[str]) -> str:
    ranked = ", ".join(f"{word!r} ({n:,})" for word, n in counts.most_common(SHOWN))
    return ranked + (f", and {len(counts) - SHOWN:,} more" if len(counts) > SHOWN else "")
