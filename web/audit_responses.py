"""Response bodies about audits."""

from web.api_model import ApiModel, Next
from worker.auditing.decisions import Status


class AuditFinding(ApiModel):
    """A trailer whose tags may be wrong."""

    trailer_id: str
    """the trailer"""
    external_id: str | None
    """your own id of it"""
    title: str | None
    """its title"""
    year: int | None
    """of its film"""
    film_id: str | None
    """what all trailers of its film share"""
    probability: float
    """that a tag is wrong or missing"""
    tags: list[str]
    """its tags in effect"""
    doubtful: str | None
    """the tag that is most likely wrong"""
    doubtful_probability: float | None
    """that it is wrong"""
    missing: str | None
    """the genre that is most likely missing"""
    missing_probability: float | None
    """that it is missing"""
    suggestion: list[str]
    """the tags that it should rather have"""
    words: list[str]
    """its tags in the house's words"""
    doubtful_words: list[str]
    """the doubtful tag in the house's words"""
    missing_words: list[str]
    """the missing genre in the house's words"""
    suggestion_words: list[str]
    """the suggestion in the house's words"""
    source: str | None
    """the source of the tags"""
    reviewed: bool
    """whether they come from a review"""


class AuditFindings(ApiModel):
    """A page of the audit, and of how many trailers it is."""

    audited: int
    """how many trailers have tags and a prediction"""
    without_tags: int
    """how many have no tags"""
    without_prediction: int
    """how many have tags and no prediction"""
    findings: list[AuditFinding]
    """the findings of this page, the likeliest mistake first"""
    next: Next


class DecisionResult(ApiModel):
    """What a decision came to."""

    trailer_id: str
    """the trailer that it is about"""
    status: Status
    """reviewed; unchanged: it was made before; anything else: it is refused"""
    message: str | None
    """why it is refused"""
    review_id: str | None
    """the review that it made"""


class DecisionResults(ApiModel):
    """What became of decisions."""

    results: list[DecisionResult]
    """a result for each decision, in their order"""
