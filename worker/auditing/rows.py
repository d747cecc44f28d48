"""Rows of an audit: a finding with all that a person needs to decide on it, genres in the house's words as well."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from classifier.taxonomy import HOUSE, Taxonomy
from db.library_records import LibraryTrailer
from db.store import Store
from worker.auditing.audit import Finding
from worker.exporting.parquet import Kind
from worker.exporting.tables import Table

CHUNK = 100
COLUMNS: Mapping[str, Kind] = {
    **dict.fromkeys(("trailer_id", "external_id", "title"), "text"),
    "year": "whole",
    "film_id": "text",
    "probability": "number",
    "tags": "texts",
    "doubtful": "text",
    "doubtful_probability": "number",
    "missing": "text",
    "missing_probability": "number",
    "suggestion": "texts",
    "words": "texts",
    "doubtful_words": "texts",
    "missing_words": "texts",
    "suggestion_words": "texts",
    "source": "text",
    "reviewed": "yes_or_no",
}
DECISION = "decision"  # the column, empty as it is written, that people fill in
DIGITS = 4


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A finding, its trailer, and the words by which the house says its genres."""

    finding: Finding
    trailer: LibraryTrailer
    taxonomy: Taxonomy

    @property
    def removed(self) -> tuple[str, ...]:
        """The tags that the suggestion lacks."""
        return tuple(tag for tag in self.finding.tags if tag not in self.finding.suggestion)

    @property
    def added(self) -> tuple[str, ...]:
        """The genres that only the suggestion has."""
        return tuple(tag for tag in self.finding.suggestion if tag not in self.finding.tags)

    def words(self, genres: Iterable[str]) -> list[str]:
        """Return genres in the house's words, as they are written in its tags where they are."""
        named = tuple(genres)
        return list(self.taxonomy.words_for(named, self._written) if self.taxonomy.words else named)

    def words_of(self, genre: str) -> list[str]:
        """Return the words that say a genre: those written or suggested that mean it, whatever else they mean."""
        if not self.taxonomy.words:
            return [genre]
        there = (*self._written, *self.words(self.finding.suggestion))
        saying = (word for word, read in self.taxonomy.read_each(there) if genre in read.genres)
        return list(dict.fromkeys(saying)) or self.words([genre])

    @property
    def _written(self) -> tuple[str, ...]:
        return next((layer.words or () for layer in self.trailer.layers if layer.source == HOUSE), ())

    def document(self) -> dict[str, object]:
        """Return the row by its columns, in their order."""
        finding, trailer = self.finding, self.trailer
        doubtful, missing = finding.doubtful, finding.missing
        return {
            "trailer_id": trailer.trailer_id,
            "external_id": trailer.external_id,
            "title": trailer.shown_title,
            "year": trailer.year,
            "film_id": trailer.film_id,
            "probability": round(finding.probability, DIGITS),
            "tags": list(finding.tags),
            "doubtful": doubtful and doubtful.genre,
            "doubtful_probability": doubtful and round(doubtful.probability, DIGITS),
            "missing": missing and missing.genre,
            "missing_probability": missing and round(missing.probability, DIGITS),
            "suggestion": list(finding.suggestion),
            "words": self.words(finding.tags),
            "doubtful_words": self.words_of(doubtful.genre) if doubtful else [],
            "missing_words": self.words_of(missing.genre) if missing else [],
            "suggestion_words": self.words(finding.suggestion),
            "source": trailer.labels.source,
            "reviewed": trailer.reviewed_at is not None,
        }


def read_rows(store: Store, findings: Iterable[Finding], *, reviewed: bool) -> Iterator[AuditRow]:
    """Yield the rows of findings, in order, without trailers whose tags have changed since, or been reviewed."""
    taxonomy, waiting = store.taxonomies.current(), iter(findings)
    while chunk := list(islice(waiting, CHUNK)):
        trailers = store.library.get_all(finding.trailer_id for finding in chunk)
        for finding in chunk:
            trailer = trailers.get(finding.trailer_id)
            if trailer and trailer.labels.genres == finding.tags and (reviewed or trailer.reviewed_at is None):
                yield AuditRow(finding, trailer, taxonomy)


def audit_table(rows: Iterable[AuditRow]) -> Table:
    """Return the table of these rows, with the column that people fill in."""
    return Table({**COLUMNS, DECISION: "text"}, ({**row.document(), DECISION: None} for row in rows))
