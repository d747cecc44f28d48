"""FrameFeatures: a vector for each second of a trailer, and how the vectors were made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FRAME_RULE = "r2"
Marks = Mapping[str, tuple[int, ...]]  # seconds by kind


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which backbone, weights, frame rule, arithmetic and library versions made the vectors.

    `notes` say what was done to the pictures of this video beyond the frame rule's plain case.
    """

    backbone: str
    weights_sha256: str
    frame_rule: str
    dtype: str
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameFeatures:
    """Features of one trailer, one row for each whole second.

    `vectors` is float32 of shape (frames, dim); `seconds` is float64 of shape (frames,), counted from the
    first video frame. `damaged` are the seconds whose picture is damaged or missing, `warnings` what else is wrong.
    `marks` are the seconds that show nothing of the film, by kind (black, still, rating, logo, titles, credits), `cuts`
    those before which the shot changes; None where nobody has looked for them.
    """

    features_id: str
    vectors: NDArray[np.float32]
    seconds: NDArray[np.float64]
    provenance: Provenance
    damaged: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    marks: Marks = field(default_factory=dict)
    cuts: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2 or not self.vectors.size:
            raise ValueError(f"vectors must be of shape (frames, dim), neither of them 0, not {self.vectors.shape}")
        if self.seconds.shape != (len(self.vectors),):
            raise ValueError(f"seconds must be of shape ({len(self.vectors)},), not {self.seconds.shape}")
        if not set(self.damaged) < set(range(len(self.vectors))):
            raise ValueError(f"damaged must be some of the {len(self.vectors)} seconds, not all, not {self.damaged}")

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def intact(self) -> NDArray[np.int64]:
        """The seconds whose picture is not damaged, int64."""
        return np.setdiff1d(np.arange(len(self)), self.damaged)

    @property
    def unmarked(self) -> NDArray[np.int64]:
        """The seconds that are neither damaged nor marked, int64."""
        return np.setdiff1d(self.intact, np.concatenate([(), *self.marks.values()]))

    @property
    def usable(self) -> NDArray[np.int64]:
        """The seconds that count, int64: those not marked, or, where there are none, all that are not damaged."""
        return self.unmarked if len(self.unmarked) else self.intact

    @property
    def pooled(self) -> NDArray[np.float32]:
        """The mean over the frames that count: float32 of shape (dim,)."""
        mean: NDArray[np.float64] = self.vectors[self.usable].mean(axis=0, dtype=np.float64)
        return mean.astype(np.float32)


def all_are_black(marks: Marks, intact: Iterable[int]) -> bool:
    """Tell whether each of the undamaged seconds is marked as black."""
    return set(intact) <= set(marks.get("black", ()))


def marks_left_out(marks: Marks, intact: Iterable[int]) -> dict[str, tuple[int, ...]]:
    """Return the marks of seconds that don't count: none where nothing else is left, unless all is black."""
    intact = set(intact)
    return dict(marks) if intact.difference(*marks.values()) or all_are_black(marks, intact) else {}


def backbone_of(features_id: str) -> str:
    """Return the name of the backbone that made these features."""
    return features_id.partition("-")[0].partition(".")[0]


def picture_size_of(features_id: str) -> int | None:
    """Return the pixels a side of the pictures that the backbone was shown, None for its own size."""
    size = features_id.partition("-")[0].partition(".")[2]
    return int(size) if size.isdecimal() else None


def make_features_id(backbone: str, weights_name: str, weights_sha256: str, *, picture_size: int | None = None) -> str:
    """Return the id that comparable vectors share, e.g. `inception_v3-imagenet-1a2b3c4d-r2`.

    Pictures of another size than the backbone's own give other vectors: `inception_v3.160-imagenet-1a2b3c4d-r2`.
    """
    shown = f"{backbone}.{picture_size}" if picture_size else backbone
    return f"{shown}-{weights_name}-{weights_sha256[:8]}-{FRAME_RULE}"
