"""Films: labelled rows seen through several modalities, any of which a row may lack."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import compress
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import Dataset, LabelledRows
from classifier.errors import BadTrainingData
from classifier.ragged import Ragged
from classifier.views import Part, Views


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Films(LabelledRows):
    """Labelled rows with their `views`; raises BadTrainingData for a row without any, and as Dataset does."""

    views: Views

    def __post_init__(self) -> None:
        self._check(len(self.views))
        if not self.views.present.any(axis=1).all():
            raise BadTrainingData("some rows have neither trailer nor poster nor plot: leave them out")

    @classmethod
    def from_dataset(cls, data: Dataset, beside: Mapping[str, Part] = MappingProxyType({})) -> Self:
        """Return the rows of a data set, with what is known of them `beside` its modality."""
        part = Part(data.X, np.arange(len(data)), data.features_id)
        return cls(
            views=Views({data.modality: part, **beside}),
            Y=data.Y,
            known=data.known,
            genres=data.genres,
            ids=data.ids,
            groups=data.groups,
            digests=data.digests,
            published=data.published,
        )

    @property
    def inputs(self) -> dict[str, str]:
        """The features_id of each modality."""
        return {modality: self.views.parts[modality].features_id for modality in self.views.modalities}

    def branch(self, modality: str) -> Dataset:
        """Return the rows that have this modality, as a data set of it alone."""
        part = self.views.parts[modality]
        there = part.present
        return Dataset(
            X=part.sequences,
            Y=self.Y[there],
            known=self.known[there],
            genres=self.genres,
            ids=tuple(compress(self.ids, there)),
            groups=tuple(compress(self.groups, there)),
            digests=("",) * int(there.sum()),  # of files of whatever modality
            published=tuple(compress(self.published, there)),
            features_id=part.features_id,
            modality=modality,
        )

    def having(self, modalities: tuple[str, ...]) -> Self:
        """Return the rows that have all of these modalities; raises BadTrainingData when there are none."""
        return self.rows(self.views.having(modalities))

    def of_several(self) -> Self:
        """Return the rows of several modalities; raises BadTrainingData when there are none."""
        if not self.views.several.any():
            raise BadTrainingData("no film here has more than one modality: there is nothing to join")
        return self.rows(self.views.several)

    def sequences(self) -> Iterator[tuple[NDArray[np.int64], Ragged, str]]:
        """Yield, for each modality, the rows that have it, their sequences, and the id of such features."""
        for part in self.views.parts.values():
            if part.present.any():
                yield np.flatnonzero(part.present), part.sequences, part.features_id

    def _features_words(self) -> tuple[object, ...]:
        lengths = {name: part.sequences.lengths.tolist() for name, part in self.views.parts.items()}
        return self.inputs, self.views.present.tolist(), lengths

    def _take(self, rows: NDArray[np.int64]) -> dict[str, Any]:
        return {"views": self.views.take(rows)}
