"""The registry of backbones: one registration of each says all that the rest of the program must know of it.

To add one, write a `Network` (or anything that is a `Backbone` with a `batch_size`) and register it here.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from extractor.errors import UnknownBackbone
from extractor.networks.applications import ARCHITECTURES, Application, InceptionV3
from extractor.networks.downloads import cached_weights, download_weights
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
    weights ship takes no others. Those not `for_trailers` are for posters alone.
    """

    open: Callable[..., Network]
    frame_size: int
    dim: int
    find_weights: Callable[[Path], Weights | None]
    download_weights: Callable[[Path], Weights]
    bfloat16: Literal["after a trial", "always", "never"] = "after a trial"
    weights_ship: bool = False
    for_trailers: bool = True


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
    ),
    **{
        name: Registration(
            open=Application,
            frame_size=architecture.size,
            dim=architecture.dim,
            find_weights=partial(cached_weights, name),
            download_weights=partial(download_weights, name),
            bfloat16="never",
            for_trailers=False,
        )
        for name, architecture in ARCHITECTURES.items()
        if name != INCEPTION
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
