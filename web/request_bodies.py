"""Request bodies, as OpenAPI shows them: strict in their types and fields."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from worker.arguments import MAX_PRIORITY
from worker.links import MAX_LENGTH

Sha256 = Annotated[
    str, Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
]
Plot = Annotated[str, Field(min_length=1, max_length=20_000, examples=["Two cops hunt a killer through the city."])]
Genre = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^$.\x00][^.\x00]*$", examples=["Drama"])]


class RequestBody(BaseModel):
    """The base of all bodies."""

    model_config = ConfigDict(strict=True, extra="forbid")


class NewJob(RequestBody):
    """One trailer to analyse."""

    source: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_LENGTH,
            description="a link, a YouTube id, or upload:ID as POST /v1/uploads returns it",
            examples=["https://youtu.be/eRsGyueVLvQ"],
        ),
    ]
    plot: Plot | None = None
    poster: Sha256 | None = Field(None, description="the SHA-256 that POST /v1/posters returned")
    priority: Annotated[int, Field(ge=-MAX_PRIORITY, le=MAX_PRIORITY)] = 0
    webhook: Annotated[str, Field(max_length=2048)] | None = Field(
        None, description="an https URL to notify when the job is finished"
    )


class PlotText(RequestBody):
    """A plot to predict on its own."""

    plot: Plot


class NewReview(RequestBody):
    """A person's decisions on a trailer's genres; genres not named stay as they are, so {} confirms them all."""

    decisions: Annotated[dict[Genre, Literal["accept", "reject", "add"]], Field(max_length=60)]
    note: Annotated[str, Field(max_length=2000)] | None = None


class ReviewToUndo(RequestBody):
    """The review to take back, so that no other is if somebody has reviewed the trailer meanwhile."""

    review_id: Annotated[str, Field(pattern=r"^[0-9a-f]{24}$", examples=["5b1d4c9a8a1c9d0e5b1d4c9a"])] | None = None


class Retry(RequestBody):
    """Which failed jobs of a batch to retry: all, or those of one error code."""

    code: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")] | None = None
