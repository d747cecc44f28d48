"""Request bodies, as OpenAPI shows them: strict in their types and fields."""

from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError

from classifier.taxonomy import MAX_LENGTH as MAX_WORD
from db.identity import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST,
    MAX_KEY,
    MAX_KEYS,
    IdentityEdit,
    Scalar,
    check_metadata,
    check_text,
)
from db.labelling.decisions import MAX_DECISIONS, MAX_NOTE, MAX_REASON, MAX_REVIEWER
from db.library_records import Decision, LibraryQuery
from db.records import TRAILER_ID
from web.api_model import ApiModel
from web.errors import refuse_invalid
from worker.arguments import MAX_PRIORITY
from worker.auditing import decisions
from worker.auditing.decisions import Verb
from worker.links import MAX_LENGTH

Sha256 = Annotated[
    str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
]
Plot = Annotated[str, Field(min_length=1, max_length=20_000, examples=["Two cops hunt a killer through the city."])]
Genre = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^$.\x00][^.\x00]*$", examples=["Drama"])]
Tag = Annotated[str, Field(min_length=1, max_length=MAX_WORD, examples=["Krimi"])]
Reason = Annotated[str, Field(min_length=1, max_length=MAX_REASON)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR, examples=[1995])]
Key = Annotated[str, Field(min_length=1, max_length=MAX_KEY)]
ExternalId = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST["external_id"], examples=["WB-0001"]),
    AfterValidator(partial(check_text, "external_id")),
]
Title = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST["title"], examples=["Heat"]),
    AfterValidator(partial(check_text, "title")),
]
ImdbId = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST["imdb_id"], examples=["tt0113277"]),
    AfterValidator(partial(check_text, "imdb_id")),
]
Film = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST["film"], examples=["F-17"]),
    AfterValidator(partial(check_text, "film")),
]
Franchise = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST["franchise"], examples=["Michael Mann"]),
    AfterValidator(partial(check_text, "franchise")),
]
Reviewer = Annotated[
    str, Field(min_length=1, max_length=MAX_REVIEWER, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["anna"])
]
Changes = Annotated[dict[Key, Scalar | None], Field(max_length=MAX_KEYS)]


UploadId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
_UPLOADS = TypeAdapter(
    Annotated[dict[Annotated[str, Field(min_length=1, max_length=500)], UploadId], Field(max_length=10_000)]
)


def read_uploads(text: bytes) -> dict[str, str]:
    """Return the ids of uploads by the names of their files, of a JSON object; raises Refused."""
    try:
        return _UPLOADS.validate_json(text)
    except ValidationError as exc:
        errors = [{**error, "loc": ("form", "uploads", *error["loc"])} for error in exc.errors()]
        raise refuse_invalid(errors) from exc


class RequestBody(ApiModel):
    """The base of all bodies."""

    model_config = ConfigDict(strict=True, extra="forbid")


class IdentityFields(RequestBody):
    """Whose trailer it is and of which film."""

    external_id: ExternalId | None = Field(None, description="your own id of the trailer")
    title: Title | None = None
    """the film's title"""
    year: Year | None = None
    """the film's year"""
    imdb_id: ImdbId | None = None
    """IMDb's id of the film"""
    film: Film | None = Field(None, description="your own id of the film, the same for all of its trailers")
    franchise: Franchise | None = None
    """the series that the film belongs to"""


class NewJob(IdentityFields):
    """One trailer to analyse."""

    source: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_LENGTH,
            description="a link, a YouTube id, upload:ID as POST /v1/uploads has it, or a file below TRAILERS_ROOTS",
            examples=["https://youtu.be/eRsGyueVLvQ"],
        ),
    ]
    plot: Plot | None = None
    """what the film is about, as plain text"""
    genres: Annotated[list[Tag], Field(max_length=60, examples=[["Fantasy", "Drama"]])] = Field(
        default_factory=list,
        description="your own tags, in your house's words or our genres, as a list has them",
    )
    poster: Sha256 | None = Field(None, description="the SHA-256 that POST /v1/posters returned")
    frames_only: bool = Field(False, description="look at the frames alone, at no title, description, plot or poster")
    metadata: Annotated[dict[Key, Scalar], Field(max_length=MAX_KEYS), AfterValidator(check_metadata)] = Field(
        default_factory=dict, description="whatever else you know, flat and small"
    )
    priority: Annotated[int, Field(ge=-MAX_PRIORITY, le=MAX_PRIORITY)] = 0
    """higher goes first"""
    webhook: Annotated[str, Field(max_length=2048)] | None = Field(
        None, description="an https URL to notify when the job is finished"
    )


class TrailerEdit(IdentityFields):
    """Changes of a trailer's identity: what isn't named stays, null clears; of metadata key by key."""

    metadata: Annotated[dict[Key, Scalar | None], Field(max_length=MAX_KEYS)] | None = None
    """the keys to change, null removes one; null for all clears them"""

    def to_edit(self) -> IdentityEdit:
        """Return the changes that are asked for."""
        given = self.model_dump(include=self.model_fields_set - {"metadata"})
        metadata = self.metadata or {}
        cleared = {name for name in self.model_fields_set if getattr(self, name) is None}
        external_id = given.pop("external_id", None)
        return IdentityEdit(
            external_ids=(external_id,) if external_id else (),
            metadata={key: value for key, value in metadata.items() if value is not None},
            unset=tuple(key for key, value in metadata.items() if value is None),
            cleared=frozenset(cleared),
            **given,
        )


class PlotText(RequestBody):
    """A plot to predict on its own."""

    plot: Plot
    """the plot, as plain text"""


class NewReview(RequestBody):
    """A person's decisions on a trailer's genres, at least one; genres not named stay as they are."""

    decisions: Annotated[dict[Genre, Decision], Field(max_length=MAX_DECISIONS, examples=[{"Drama": "accept"}])]
    """accept or reject a genre of the verdict or the tags, or add another, in our genres or words of your house"""
    reasons: Annotated[dict[Genre, Reason], Field(max_length=MAX_DECISIONS, examples=[{"Drama": "slow and sad"}])] = (
        Field(default_factory=dict, description="why, for some of the decisions, by genre")
    )
    note: Annotated[str, Field(max_length=MAX_NOTE)] | None = None
    """what else there is to say"""
    seen: Annotated[str, Field(pattern=r"^([0-9a-f]{24})?$")] | None = Field(
        None,
        description='the last review that you know of, "" for none: where there is another, nothing is stored (409)',
    )


class ReviewToUndo(RequestBody):
    """The review to take back, so that no other is if somebody has reviewed the trailer meanwhile."""

    review_id: Annotated[str, Field(pattern=r"^[0-9a-f]{24}$", examples=["5b1d4c9a8a1c9d0e5b1d4c9a"])] | None = None
    """the review that must be the last one"""


class Assignment(RequestBody):
    """Trailers that somebody is asked to review, or, to `clear`, no longer: those that a search would find."""

    to: Reviewer | None = Field(None, description="the person's name: that of their token; to clear: all people's")
    clear: bool = False
    """take back what was assigned"""
    second_opinion: bool = Field(
        False, description="of those that others have reviewed or are asked to review, instead of what is nobody's"
    )
    genre: Annotated[list[Genre], Field(max_length=5)] = Field(default_factory=list)
    """genres that pass, all of them"""
    q: Annotated[str, Field(max_length=200)] | None = Field(None, description="as GET /v1/trailers takes it")
    external_id: ExternalId | None = None
    """your own id of a trailer"""
    film_id: Annotated[str, Field(max_length=LONGEST["title"] + 20)] | None = None
    """all trailers of a film"""
    disagree: bool | None = None
    """whether the verdict differs from the tags"""
    limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(None, description="at most this many")

    def to_query(self, genres: tuple[str, ...]) -> LibraryQuery:
        """Return the trailers that are meant; `genres` are those that the names mean."""
        return LibraryQuery(
            genres=genres,
            text=self.q,
            external_id=self.external_id,
            film_id=self.film_id,
            disputed=self.disagree,
        )


class ModelEdit(RequestBody):
    """What is to become of a model."""

    state: Literal["in_use", "retired"]
    """put it to use, or take it out of use"""
    why: Annotated[str, Field(max_length=MAX_NOTE)] = ""
    """why, for those who read the history"""


class ModelRollback(RequestBody):
    """Which change of what is in use to take back: the last one, or all back to a model."""

    to: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """the model to go back to, null: undo the last change"""
    why: Annotated[str, Field(max_length=MAX_NOTE)] = ""
    """why, for those who read the history"""


class WebhookTest(RequestBody):
    """A webhook to try."""

    url: Annotated[str, Field(min_length=1, max_length=2048, examples=["https://cms.example/hook"])]
    """the https URL to send a signed notification to"""


class Retry(RequestBody):
    """Which of the failed jobs to retry: all, or those of one error code."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")] | None = None
    """the error code, null: all that failed"""
    n: Annotated[int, Field(ge=0)] | None = Field(None, description="refuse where not so many would be queued again")
    force: bool = Field(False, description="whether those that failed for good are queued again, too")


class FindingDecision(RequestBody):
    """A decision on a finding of the audit, with its tags and suggestion as they were listed, or another suggestion."""

    trailer_id: Annotated[str, Field(pattern=f"^{TRAILER_ID}$", examples=["youtube:eRsGyueVLvQ"])]
    """the trailer that it is about"""
    decision: Annotated[Verb, Field(description="accept: the suggestion is right; dismiss: the tags are")]
    tags: Annotated[list[Genre], Field(max_length=60)]
    """the tags as they were listed"""
    suggestion: Annotated[list[Genre], Field(max_length=60)]
    """the suggestion as it was listed, or another one"""

    def to_decision(self) -> decisions.FindingDecision:
        """Return the decision."""
        return decisions.FindingDecision(self.trailer_id, self.decision, tuple(self.tags), tuple(self.suggestion))


class FindingDecisions(RequestBody):
    """Decisions on many findings of the audit."""

    decisions: Annotated[list[FindingDecision], Field(min_length=1, max_length=200)]
    """the decisions, at most one about each trailer"""
