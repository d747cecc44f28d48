"""Gated joining: a network that learns which modality to listen to for each film, and what a missing one is worth."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Self

import numpy as np
from numpy.typing import NDArray

from classifier.bounds import check_arrays
from classifier.data.films import Films
from classifier.errors import UnsafeModel
from classifier.heads import architectures
from classifier.heads.architectures import Build
from classifier.heads.base import Arrays, Examples, Head, Monitor, Settings
from classifier.heads.neural import NeuralHead
from classifier.heads.options import USUAL, NeuralOptions
from classifier.joins.base import Join, RefitHead
from classifier.joins.latent import Latent
from classifier.ragged import Ragged
from classifier.view import MODALITIES
from classifier.views import Views


class GatedUnit(NeuralHead):
    """The network: rows are the modalities' numbers side by side, `widths` of each, and a bit for each there is."""

    KIND, SQUARES, SCALED = "gated_unit", 0, False  # what encodes the modalities has scaled them

    def __init__(self, options: NeuralOptions = USUAL, widths: tuple[int, ...] = ()) -> None:
        super().__init__(replace(options, mixup=0.0))
        self._widths = widths

    def chosen(self) -> Self:
        """Return an unfitted network that learns as many epochs as were best."""
        return type(self)(self.options, self._widths)

    def arrays(self) -> Arrays:
        """Return what other neural heads do, and the widths."""
        return {**super().arrays(), "widths": np.array(self._widths, dtype=np.float32)}

    def _take(self, arrays: Arrays) -> Arrays:
        widths = arrays.get("widths", np.zeros(0, np.float32))
        check_arrays({"widths": widths}, {"widths": (len(widths),)})
        self._widths = tuple(int(width) for width in widths)
        rest = {name: array for name, array in arrays.items() if name != "widths"}
        if len(widths) < 2 or min(self._widths) < 1 or sum(self._widths) + len(widths) != len(rest.get("mean", ())):
            raise UnsafeModel(f"modalities of {self._widths[:8]} numbers don't add up to the network's row")
        return rest

    def _blueprint(self) -> Build:
        return partial(architectures.gated, widths=self._widths)


class Gated(Join):
    """A gated multimodal unit (Arevalo et al. 2017, "Gated Multimodal Units for Information Fusion", section 3).

    A missing modality is a learnt vector, and the gates see which there are. In training modalities are hidden at
    random, and each must tell the genres alone, too (auxiliary losses).
    """

    KIND = "gated"

    def __init__(self, latent: Mapping[str, Latent], unit: GatedUnit) -> None:
        self._latent, self._unit = latent, unit

    @classmethod
    def fit(cls, train: Films, validation: Films, *, options: NeuralOptions, monitor: Monitor) -> Self:
        """Return the unit of best macro average precision on the validation rows, with all they have."""
        latent = {
            name: Latent.fit(train.views.parts[name].sequences, seed=options.seed) for name in train.views.modalities
        }
        unit = GatedUnit(options, tuple(each.width for each in latent.values()))
        seen, unseen = (_examples(latent, films) for films in (train, validation))
        unit.fit(seen.X, seen.y, known=seen.known, validation=unseen, monitor=monitor)
        return cls(latent, unit)

    def refit(self, data: Films, refit_head: RefitHead, *, seed: int, monitor: Callable[[str], Monitor]) -> Self:
        """Return a unit that learns as long on other rows; the encoders are fitted again."""
        latent = {name: Latent.fit(data.views.parts[name].sequences, seed=seed) for name in self._latent}
        unit = GatedUnit(self._unit.options, tuple(each.width for each in latent.values()))
        rows = _examples(latent, data)
        return type(self)(latent, unit.fit(rows.X, rows.y, known=rows.known, monitor=monitor(f"{self.KIND}-refit")))

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities it joins."""
        return tuple(self._latent)

    @property
    def n_genres(self) -> int:
        """The number of genres."""
        return self._unit.n_genres

    def dim(self, modality: str) -> int:
        """Return how many numbers a vector of this modality must have."""
        return self._latent[modality].dim

    def _logits(self, views: Views, modalities: tuple[str, ...]) -> NDArray[np.float64]:
        return self._unit.logits(_rows(self._latent, views))

    def in_vocabulary(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.bool_] | None:
        """Return which words are terms, None for pictures."""
        return self._latent[modality].in_vocabulary(vectors)

    def is_informative(self, modality: str, vectors: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return which of the vectors are worth showing, of shape (n,)."""
        return self._latent[modality].is_informative(vectors)

    def settings(self) -> Settings:
        """Return the network's."""
        return self._unit.settings()

    def arrays(self) -> Arrays:
        """Return the network's, and what encodes each modality."""
        arrays: dict[str, NDArray[np.float32]] = dict(self._unit.arrays())
        for name, latent in self._latent.items():
            arrays |= latent.arrays(name)
        return arrays

    @classmethod
    def of(cls, members: Mapping[str, Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the join that these describe; raises UnsafeModel when they don't fit together."""
        if members:
            raise UnsafeModel("a gated unit has no heads of its own")
        names = [name for name in MODALITIES if f"mean_{name}" in arrays]
        if len(names) < 2:
            raise UnsafeModel("a gated unit joins at least two modalities")
        latent = {name: Latent.restore(name, arrays) for name in names}
        encoding = {name for each, found in latent.items() for name in found.arrays(each)}
        rest = {name: array for name, array in arrays.items() if name not in encoding}
        unit = GatedUnit.restore(settings, rest)
        if unit.dim != sum(found.width for found in latent.values()) + len(latent):
            raise UnsafeModel(f"the network takes {unit.dim} numbers, not those of its modalities")
        return cls(latent, unit)


def _examples(latent: Mapping[str, Latent], films: Films) -> Examples:
    return Examples(_rows(latent, films.views), films.Y, films.known)


def _rows(latent: Mapping[str, Latent], views: Views) -> Ragged:
    """Return each film as one vector: its modalities' numbers, zeros where one is missing, then a bit for each."""
    blocks, bits = [], np.zeros((len(views), len(latent)), np.float32)
    for place, (name, each) in enumerate(latent.items()):
        block = np.zeros((len(views), each.width), np.float32)
        if name in views.parts and views.parts[name].present.any():
            there = views.parts[name].present
            block[there] = each.apply(views.parts[name].sequences)
            bits[there, place] = 1.0
        blocks.append(block)
    return Ragged.singles(np.concatenate([*blocks, bits], axis=1))
