"""Gated joining: a network that learns which modality to listen to for each film, and what a missing one is worth."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Self

import numpy as np

from classifier.arrays import Floats
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
        super().__init__(latent, n_genres=unit.n_genres)
        self._latent, self._unit = latent, unit

    @classmethod
    def fit(cls, train: Films, validation: Films | None, *, options: NeuralOptions, monitor: Monitor) -> Self:
        """Return the unit of best macro average precision on the validation rows, with all they have."""
        parts = {name: train.views.parts[name] for name in train.views.modalities}
        latent = {name: Latent.fit(part.sequences, seed=options.seed) for name, part in parts.items()}
        unit = GatedUnit(options, tuple(each.width for each in latent.values()))
        unseen = Examples(_rows(latent, validation.views), validation.Y, validation.known) if validation else None
        seen = _rows(latent, train.views)
        return cls(latent, unit.fit(seen, train.Y, known=train.known, validation=unseen, monitor=monitor))

    def refit(self, data: Films, refit_head: RefitHead, *, seed: int, monitor: Callable[[str], Monitor]) -> Self:
        """Return a unit that learns as long on other rows; the encoders are fitted again."""
        options = replace(self._unit.options, seed=seed)
        return self.fit(data, None, options=options, monitor=monitor(f"{self.KIND}-refit"))

    def _logits(self, views: Views, modalities: tuple[str, ...]) -> Floats:
        return self._unit.logits(_rows(self._latent, views))

    def settings(self) -> Settings:
        """Return the network's."""
        return self._unit.settings()

    def arrays(self) -> Arrays:
        """Return the network's, and what encodes each modality."""
        encoding = (latent.arrays(modality).items() for modality, latent in self._latent.items())
        return {**self._unit.arrays(), **dict(chain.from_iterable(encoding))}

    @classmethod
    def from_members(cls, members: Mapping[str, Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the join that these describe; raises UnsafeModel when they don't fit together."""
        if members:
            raise UnsafeModel("a gated unit has no heads of its own")
        names = [name for name in MODALITIES if f"mean_{name}" in arrays]
        if len(names) < 2:
            raise UnsafeModel("a gated unit joins at least two modalities")
        latent = {name: Latent.restore(name, arrays) for name in names}
        encoding = {name for each, found in latent.items() for name in found.arrays(each)}
        unit = GatedUnit().restore(settings, {name: array for name, array in arrays.items() if name not in encoding})
        if unit.dim != sum(found.width for found in latent.values()) + len(latent):
            raise UnsafeModel(f"the network takes {unit.dim} numbers, not those of its modalities")
        return cls(latent, unit)


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
