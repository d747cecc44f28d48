"""Response bodies about models: those stored, and the changes of what is in use."""

from datetime import datetime

from pydantic import AliasPath, Field

from db.records import ModelAction, ModelState
from web.api_model import ApiModel


class Model(ApiModel):
    """A stored model."""

    model_id: str
    """the SHA-256 of its file"""
    name: str
    """the name that it was given"""
    head: str
    """the kind of its trainable part"""
    modality: str = Field(validation_alias=AliasPath("card", "modality"))
    """what it looks at: trailer, poster, plot, or several joined by +"""
    genres: list[str]
    """the genres that it scores"""
    thresholds: list[float]
    """the score from which each genre passes, in the order of the genres"""
    metrics: dict[str, float]
    """how well it did on the films that it was tested on, by the metric's name"""
    features_id: str
    """the features that it was trained on, and reads"""
    trained_on: str
    """what it was trained on, in words"""
    created_at: datetime
    """when it was trained"""
    active: bool
    """whether it is in use"""
    state: ModelState
    """in_use, candidate (never in use), or retired (taken out of use)"""


class Models(ApiModel):
    """All stored models, the newest first."""

    models: list[Model]
    """the models"""


class ModelChange(ApiModel):
    """A change of the model in use for one features_id and modality."""

    number: int
    """1 for the first change of the database"""
    action: ModelAction
    """what was done"""
    features_id: str
    """the features that the use is of"""
    modality: str
    """the modality that the use is of"""
    model_id: str
    """the model that the change is about"""
    before: str | None
    """the model in use before, null: none was"""
    in_use: str | None
    """the model in use after it, null: none is"""
    undoes: int | None
    """the number of the change that a rollback undoes, with all later ones of its use"""
    by: str
    """who did it"""
    why: str
    """why, in their words"""
    figures: dict[str, float]
    """the figures that it rests on"""
    created_at: datetime
    """when it was done"""


class ModelChanges(ApiModel):
    """Every change of what is in use, the last first."""

    changes: list[ModelChange]
    """the changes"""
