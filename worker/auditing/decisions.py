"""Decisions on an audit's findings: each becomes a review, of the suggestion or of the tags as they are."""

from dataclasses import dataclass
from typing import Literal

from db.labelling.decisions import make_review
from db.library_records import Decision
from db.store import Store

MAX_MESSAGE = 1000  # characters
MAX_TRIES = 20  # each time somebody else has changed the trailer
Verb = Literal["accept", "dismiss"]
Status = Literal["reviewed", "unchanged", "not_found", "outdated", "unknown_genre"]
MADE: tuple[Status, ...] = ("reviewed", "unchanged")  # the others are of decisions that can't be kept


@dataclass(frozen=True, slots=True)
class FindingDecision:
    """What a person says of a finding: `accept` the suggestion, or `dismiss` it because the `tags` are right."""

    trailer_id: str
    decision: Verb
    tags: tuple[str, ...]
    suggestion: tuple[str, ...]

    @property
    def outcome(self) -> tuple[str, ...]:
        """The tags that the trailer has from then on."""
        return self.suggestion if self.decision == "accept" else self.tags

    @property
    def by_genre(self) -> dict[str, Decision]:
        """The decision on each genre in which tags and suggestion differ; where they don't, the tags are accepted."""
        is_accepted = self.decision == "accept"
        on_tag: Decision = "reject" if is_accepted else "accept"
        on_missing: Decision = "add" if is_accepted else "reject"
        removed = dict.fromkeys((tag for tag in self.tags if tag not in self.suggestion), on_tag)
        decided = removed | dict.fromkeys((tag for tag in self.suggestion if tag not in self.tags), on_missing)
        return decided or dict.fromkeys(self.tags, "accept")


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """What a decision came to: `unchanged` where it was made before; `message` says why it can't be kept."""

    trailer_id: str
    status: Status
    message: str | None = None
    review_id: str | None = None


def decide(store: Store, decision: FindingDecision, *, reviewer: str) -> DecisionResult:
    """Make a review of a decision, and return what it came to; the same decision again changes nothing.

    It is of the trailer as it is by then where others change it meanwhile.
    """
    for _ in range(MAX_TRIES):
        if result := _try_to_decide(store, decision, reviewer=reviewer):
            return result
    return _outdated(decision.trailer_id)


def _try_to_decide(store: Store, decision: FindingDecision, *, reviewer: str) -> DecisionResult | None:
    """Return what a decision comes to, None where its trailer was changed meanwhile."""
    trailer_id, trailer = decision.trailer_id, store.library.get(decision.trailer_id)
    if trailer is None:
        return DecisionResult(trailer_id, "not_found", f"{trailer_id} is not stored")
    tags = set(trailer.labels.genres)
    if trailer.reviewed_at and tags == set(decision.outcome):
        return DecisionResult(trailer_id, "unchanged")
    if tags != set(decision.tags):
        return _outdated(trailer_id)
    try:
        new = make_review(trailer, decision.by_genre, reviewer=reviewer, note=f"audit: {decision.decision}")
    except ValueError as exc:
        return DecisionResult(trailer_id, "unknown_genre", str(exc)[:MAX_MESSAGE])
    review = store.reviews.save(new)
    return DecisionResult(trailer_id, "reviewed", review_id=review.review_id) if review else None


def _outdated(trailer_id: str) -> DecisionResult:
    return DecisionResult(trailer_id, "outdated", f"{trailer_id} has other tags now than those that were audited")
