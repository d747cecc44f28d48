"""Response bodies about audits."""

from pydantic import BaseModel, Field

from worker.auditing.decisions import Status


class AuditFinding(BaseModel):
    """A trailer whose tags may be wrong; `..._words` say the same in the house's words."""

    trailer_id: str
    external_id: str | None
    title: str | None
    year: int | None
    film_id: str | None
    probability: float = Field(description="that a tag is wrong or missing")
    tags: list[str]
    doubtful: str | None = Field(description="the tag that is most likely wrong")
    doubtful_probability: float | None
    missing: str | None = Field(description="the genre that is most likely missing")
    missing_probability: float | None
    suggestion: list[str] = Field(description="the tags that it should rather have")
    words: list[str]
    doubtful_words: list[str]
    missing_words: list[str]
    suggestion_words: list[str]
    source: str | None
    reviewed: bool


class AuditFindings(BaseModel):
    """A page of the audit, and of how many trailers it is."""

    audited: int
    without_tags: int
    without_prediction: int
    findings: list[AuditFinding]
    next: str | None


class DecisionResult(BaseModel):
    """What a decision came to; `unchanged` where it was made before, all but `reviewed` and `unchanged` are refused."""

    trailer_id: str
    status: Status
    message: str | None
    review_id: str | None


class DecisionResults(BaseModel):
    results: list[DecisionResult]
