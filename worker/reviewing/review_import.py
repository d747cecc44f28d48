"""Imports of reviews: those of a file that are not stored yet, each with the trailer that it names."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from db.fields import now
from db.labelling.decisions import check_reasons, make_review, merge_decisions
from db.labelling.layers import next_time
from db.library_records import NewReview, Review
from db.records import is_trailer_id
from db.store import Store
from worker.documents import to_json
from worker.errors import WorkerError, exit_status
from worker.reviewing.rows import Outcome, ReviewRow, read_rows
from worker.reviewing.saving import read_decisions, read_reasons

CHUNK = 500
CLOCKS = timedelta(days=1)  # by which those of two machines may differ
_WORD = re.compile(r"\w+")
Trailers = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that could not be used."""

    row: int
    code: str
    message: str


@dataclass(slots=True)
class ReviewTally:
    """The outcome of an import: rows, reviews added, those that were stored already, and those undone by it."""

    rows: int = 0
    added: int = 0
    unchanged: int = 0
    undone: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The exit code: 0, 3 if some rows could not be used, the errors' own if none could."""
        return exit_status([problem.code for problem in self.problems], n_all=self.rows)

    def document(self) -> dict[str, Any]:
        """Return it as JSON fields."""
        return asdict(self)


class ReviewImport:
    """Keeps the reviews of a file; running it again adds nothing. Rows without a reviewer are of `reviewer`."""

    def __init__(self, store: Store, *, reviewer: str) -> None:
        self._store, self._reviewer = store, reviewer
        self._taxonomy = store.taxonomies.current()
        self.tally = ReviewTally()

    def run(self, path: Path) -> ReviewTally:
        """Keep the reviews of all rows that can be used; raises WorkerError for a file that can't be read."""
        rows = read_rows(path)
        while chunk := list(islice(rows, CHUNK)):
            self.tally.rows += len(chunk)
            trailers = self._find_trailers(chunk)
            for is_exported, group in groupby(chunk, key=lambda row: row.outcome is not None):
                for part in [list(group)] if is_exported else [[row] for row in group]:
                    self._keep(part, trailers)
        return self.tally

    def _find_trailers(self, rows: Sequence[ReviewRow]) -> Trailers:
        """Return the stored trailers that the rows may mean, by what names them."""
        names = {name for row in rows for name in row.names}
        stored = self._store.labels.find_stored([name for name in names if is_trailer_id(name)])
        return self._store.identities.find(names - stored) | {name: [name] for name in stored}

    def _keep(self, rows: Sequence[ReviewRow], trailers: Trailers) -> None:
        """Keep the reviews of rows; a row made by hand comes alone, since its review follows from those before it."""
        stored = self._store.reviews.get_all(row.review_id for row in rows if row.review_id)
        reviews = []
        for row in rows:
            try:
                reviews.append(self._read(row, _choose(row, trailers), stored))
            except (ValueError, WorkerError) as exc:
                code = exc.code if isinstance(exc, WorkerError) else "bad_source"
                self.tally.problems.append(RowProblem(row.number, code, str(exc)))
        added, undone = self._store.reviews.restore(reviews)
        self.tally.added += added
        self.tally.undone += undone
        self.tally.unchanged += len(reviews) - added - undone

    def _read(self, row: ReviewRow, trailer_id: str, stored: Mapping[str, Review]) -> Review:
        """Return the review of a row; raises ValueError where it makes none, or another one has its id."""
        latest = now() + CLOCKS
        if any(time and time > latest for time in (row.created_at, row.undone_at)):
            raise ValueError("its time is in the future")
        review = self._make(row, trailer_id)
        same = stored.get(review.review_id)
        if same and _gist(same) != _gist(review):
            raise ValueError(
                f"{review.review_id} is stored with other decisions or words; leave out the review_id of a new review"
            )
        return review

    def _make(self, row: ReviewRow, trailer_id: str) -> Review:
        """Return the review of a row: as it was exported, else as it follows from the tags that there are now."""
        if row.outcome:
            return _to_review(_as_exported(row, row.outcome, trailer_id), row, row.review_id or "", now())
        review_id = row.review_id or _digest(row, trailer_id, self._reviewer)
        trailer = self._store.library.get(trailer_id)
        if trailer is None:
            raise _not_found(row)
        new = make_review(
            trailer,
            read_decisions(trailer, row.words, self._taxonomy),
            reviewer=row.reviewer or self._reviewer,
            note=row.note,
            reasons=read_reasons(trailer, row.reasons, self._taxonomy),
        )
        return _to_review(new, row, review_id, next_time(trailer.layers, now()))


def _choose(row: ReviewRow, trailers: Trailers) -> str:
    """Return the stored trailer of a row; raises ValueError for a row that has a problem, WorkerError (not_found)."""
    if row.problem:
        raise ValueError(row.problem)
    found = next((trailers[name] for name in row.names if trailers.get(name)), ())
    if len(found) > 1:
        several = f"{len(found)} trailers have the id {row.names[0]!r}: {', '.join(found[:5])}"
        raise WorkerError("not_found", f"{several}; name one by its trailer_id")
    if not found:
        raise _not_found(row)
    return found[0]


def _not_found(row: ReviewRow) -> WorkerError:
    return WorkerError("not_found", f"no stored trailer is {' or '.join(map(repr, row.names))}; analyze it first")


def _as_exported(row: ReviewRow, outcome: Outcome, trailer_id: str) -> NewReview:
    decisions = merge_decisions(row.words)
    check_reasons(decisions, row.reasons)
    return NewReview(
        trailer_id=trailer_id,
        model_id=outcome.model_id,
        decisions=decisions,
        genres=outcome.genres,
        known=outcome.known,
        labels_before=outcome.labels_before,
        reviewer=row.reviewer or "",
        note=row.note,
        reasons=row.reasons,
    )


def _to_review(new: NewReview, row: ReviewRow, review_id: str, time: datetime) -> Review:
    """Return a review with its id, made and undone when the row says so, else made at a time."""
    fields: dict[str, Any] = {name: getattr(new, name) for name in NewReview.__dataclass_fields__}
    return Review(
        **fields,
        review_id=review_id,
        created_at=row.created_at or time,
        undone_by=(row.undone_by or new.reviewer) if row.undone_at else None,
        undone_at=row.undone_at,
    )


def _gist(review: Review) -> tuple[object, ...]:
    """Return what a review says; of texts the words, as cells lose some other characters."""
    texts = {**review.reasons, "note": review.note or ""}
    words = {name: _WORD.findall(text) for name, text in texts.items()}
    return review.trailer_id, review.reviewer, dict(review.decisions), words


def _digest(row: ReviewRow, trailer_id: str, reviewer: str) -> str:
    """Return the id of a review made by hand, the same whenever the row comes again."""
    said = (trailer_id, row.reviewer or reviewer, row.words, row.reasons, row.note, row.created_at)
    return hashlib.sha256(to_json(said).encode()).hexdigest()[:24]
