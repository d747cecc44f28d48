"""The registry of backbones: one registration of each says all that the rest of the program must know of it.

To add one, write a `Network` (or anything that is a `Backbone` with a `batch_size`) and register it here.
"""

import difflib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from extractor.errors import UnknownBackbone
from extractor.networks.applications import ARCHITECTURES, Application, InceptionV3
from extractor.networks.backbone import FRAME_SIZE
from extractor.networks.contrastive import CONTRASTIVE, PACKAGE, ContrastiveNetwork
from extractor.networks.downloads import cached_weights, download_weights
from extractor.networks.efficientnet_lite import (
    LITES,
    EfficientNetLite,
    find_installed,
    package_of,
    require_installed,
)
from extractor.networks.inception import Network
from extractor.networks.names import INCEPTION, STARTER
from extractor.networks.starter import Starter, starter_weights
from extractor.networks.weights import Weights
from extractor.precision import Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A backbone: frames of `frame_size` pixels a side in, vectors of `dim` numbers out.

    `open` takes its weights and a `precision`; `bfloat16` says when a processor that has bfloat16 computes in it.
    `find_weights` looks for the weights in the cache folder and `download_weights` fetches them there; a backbone whose
    weights ship takes no others. A network of `any_size` can be shown pictures of other sizes; `package` is the one on
    PyPI that it needs beside those of Trailers.
    """

    open: Callable[..., Network]
    frame_size: int
    dim: int
    find_weights: Callable[[Path], Weights | None]
    download_weights: Callable[[Path], Weights]
    bfloat16: Literal["after a trial", "always", "never"] = "after a trial"
    weights_ship: bool = False
    any_size: bool = True
    package: str | None = None

    @property
    def is_installed(self) -> bool:
        """Whether the package that it needs is installed."""
        return self.package is None or importlib.util.find_spec(self.package.replace("-", "_")) is not None

    @property
    def for_trailers(self) -> bool:
        """Whether it can look at trailers, whose posters are kept in the size of the largest frames."""
        return self.frame_size <= FRAME_SIZE


def _installed(backbone: str, cache: Path) -> Weights | None:
    return find_installed(backbone)


def _require_installed(backbone: str, cache: Path) -> Weights:
    return require_installed(backbone)


BACKBONES = {
    INCEPTION: Registration(
        open=InceptionV3,
        frame_size=InceptionV3.frame_size,
        dim=InceptionV3.dim,
        find_weights=partial(cached_weights, INCEPTION),
        download_weights=partial(download_weights, INCEPTION),
    ),
    STARTER: Registration(
        open=Starter,
        frame_size=Starter.frame_size,
        dim=Starter.dim,
        find_weights=lambda cache: starter_weights(),
        download_weights=lambda cache: starter_weights(),
        bfloat16="always",  # it has learnt in it; tests/extractor/networks/test_starter.py holds the trial
        weights_ship=True,
        any_size=False,
    ),
    **{
        name: Registration(
            open=Application,
            frame_size=architecture.size,
            dim=architecture.dim,
            find_weights=partial(cached_weights, name),
            download_weights=partial(download_weights, name),
            bfloat16="never",
        )
        for name, architecture in ARCHITECTURES.items()
        if name != INCEPTION
    },
    **{
        name: Registration(
            open=EfficientNetLite,
            frame_size=lite.size,
            dim=EfficientNetLite.dim,
            find_weights=partial(_installed, name),
            download_weights=partial(_require_installed, name),
            bfloat16="never",  # the cosine to float32 goes down to .995
            package=package_of(name),
        )
        for name, lite in LITES.items()
    },
    **{
        name: Registration(
            open=ContrastiveNetwork,
            frame_size=network.size,
            dim=network.dim,
            find_weights=partial(cached_weights, name),
            download_weights=partial(download_weights, name),
            bfloat16="never",
            any_size=False,
            package=PACKAGE,
        )
        for name, network in CONTRASTIVE.items()
    },
}


def find_backbone(name: str) -> Registration:
    """Return the registration of this name; raises UnknownBackbone (bad_source)."""
    if name not in BACKBONES:
        near = difflib.get_close_matches(name.lower(), BACKBONES, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UnknownBackbone(f"there is no backbone {name!r}; {hint}There are {', '.join(BACKBONES)}")
    return BACKBONES[name]


def trailer_backbones() -> list[str]:
    """Return the names of the backbones that can look at trailers."""
    return [name for name, backbone in BACKBONES.items() if backbone.for_trailers]


def open_network(weights: Weights, *, precision: Precision = "float32") -> Network:
    """Return the network of these weights; it loads with its first batch."""
    return BACKBONES[weights.backbone].open(weights, precision=precision)
