"""A page of the audit as it is given to its template."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from classifier.evaluation.audit import Doubts
from classifier.genres import CANONICAL
from classifier.taxonomy import make_taxonomy
from db.library_records import LibraryTrailer
from web.audits import AuditPage, AuditSearch
from worker.auditing.audit import Audit, Doubt, Finding
from worker.auditing.rows import AuditRow

CHANCES = (0.83, 0.44, 0.41, 0.2, 0.12, 0.09, 0.05, 0.02)
TAXONOMY = make_taxonomy([("Grusel", ["Horror"]), ("Krimi", ["Crime", "Thriller"])])


def make_audit_view(trailers: Sequence[LibraryTrailer], *, next_url: str | None) -> Mapping[str, Any]:
    """Return the view of a page with a finding for each of these trailers that has tags."""
    nothing = np.zeros((0, 0))
    audit = Audit((), (), nothing.astype(bool), Doubts(np.zeros(0), nothing), 12, 3)
    rows = [_make_row(*pair) for pair in zip(trailers, CHANCES, strict=False) if pair[0].labels.genres]
    search = AuditSearch(genre="Horror" if rows else None, reviewed=bool(rows))
    return {"page": AuditPage(audit, tuple(rows), "eyJ"), "search": search, "genres": CANONICAL, "next_url": next_url}


def _make_row(trailer: LibraryTrailer, chance: float) -> AuditRow:
    first, *others = trailer.labels.genres
    doubtful, missing = Doubt(first, chance * 0.7), Doubt("Mystery", chance * 0.3)
    suggestion = (*others, "Mystery")
    return AuditRow(
        Finding(trailer.trailer_id, chance, (first, *others), doubtful, missing, suggestion), trailer, TAXONOMY
    )
