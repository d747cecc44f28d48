"""Response bodies about the trailers that are stored."""

from datetime import datetime

from pydantic import Field

from web.api_model import ApiModel, Next
from web.prediction_responses import TrailerIdentity, TrailerPrediction, Video
from web.tag_responses import Labels, Layer


class BriefVerdict(ApiModel):
    """The newest prediction in brief, and how it differs from the tags."""

    model_id: str
    """the model that predicted"""
    features_id: str
    """the features that it read"""
    modalities: list[str]
    """what it looked at"""
    scores: dict[str, float]
    """the score of each genre"""
    passed: list[str]
    """the genres that pass, the best first"""
    top: list[str]
    """the three best genres"""
    made_at: datetime
    """when it was predicted"""
    disagreement: float
    """the largest difference between a tag and its score, from 0 to 1"""
    disputed: list[str]
    """the genres about which tags and verdict differ, the most disputed first"""


class Source(ApiModel):
    """Where the trailer came from."""

    url: str
    """its page's address, or the name of its file"""
    site: str
    """youtube, another site, or file"""
    video_id: str
    """the site's id of it"""
    title: str | None
    """the title of its page, or the name of the file"""
    uploader: str | None
    """who put it on the site"""
    upload_date: str | None
    """the day, as YYYYMMDD"""


class Trailer(TrailerIdentity):
    """A trailer as the library shows it."""

    trailer_id: str
    """its id: youtube:<11 characters>, or file:<the first 16 digits of the file's SHA-256>"""
    source: Source
    """where it came from"""
    video: Video
    """the video"""
    labels: Labels
    """its tags in effect"""
    verdict: BriefVerdict | None
    """the newest prediction in brief, null: there is none"""
    reviewed_at: datetime | None
    """when it was last reviewed, null while it waits for a person"""
    created_at: datetime
    """when it was first stored"""
    updated_at: datetime
    """when anything of it last changed"""


class Trailers(ApiModel):
    """A page of trailers."""

    trailers: list[Trailer]
    """the trailers of this page"""
    next: Next


class TrailerDetail(Trailer):
    """A trailer with everything known of it."""

    layers: list[Layer]
    """its tags by each source, the one that counts most first"""
    plot: str | None
    """its plot"""
    poster: str | None = Field(validation_alias="poster_sha256")
    """the SHA-256 of its poster"""
    prediction: TrailerPrediction | None
    """the newest prediction, null: there is none"""
    timeline: dict[str, list[float]]
    """one score a second for each genre"""
    marks: dict[str, list[int]]
    """the seconds that are left out, by what they show: black, still, rating, logo, titles, credits"""
    features: list[str]
    """the ids of its features, the newest first"""


class RemovedTrailer(ApiModel):
    """What was removed with a trailer."""

    trailer_id: str
    """the trailer"""
    removed: dict[str, int]
    """how many documents of each collection, and its upload"""


class Neighbour(ApiModel):
    """A trailer that is similar to another."""

    trailer_id: str
    """the trailer"""
    title: str | None
    """its title"""
    similarity: float
    """the cosine of their mean features, 1 for the same"""
    top: list[str]
    """its three best genres"""


class Similar(ApiModel):
    """The trailers most similar to one."""

    similar: list[Neighbour]
    """the most similar first"""
