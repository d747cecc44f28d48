"""Trailers12k's features: those of ResNet-50 and Swin, one zarr store for each, beside its table of genres.

Layout, from richardtml.github.io/trailers12k and the authors' programs (github.com/richardtml/DIViTA): a folder
`trailers_i_resnet_fpc24.zarr` (or without `trailers_`), a group of zarr 2 with an array for each film under its IMDb
id, (clips, features) float32; the vectors of a network of frames are means over clips of 24 frames. The table is
that of `trailers12k`; with `metadata.json` beside it films have titles and links.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from worker.errors import WorkerError
from worker.importers import trailers12k
from worker.importers.published_features import PublishedFeatures, find_url
from worker.importers.rows import Warn
from worker.importers.tables import find_file
from worker.importers.zarr_arrays import ZarrFile, ZarrVectors, import_numcodecs


@dataclass(frozen=True, slots=True)
class Network:
    """A network whose features are published: our word for it, and its vectors' length; `store` names their folder."""

    backbone: str
    dim: int
    store: str

    @property
    def stores(self) -> tuple[str, ...]:
        """The names that its store may have."""
        return tuple(f"{start}{self.store}.zarr{end}" for start in ("trailers_", "") for end in ("", ".zip"))


NETWORKS: Mapping[str, Network] = {  # by the name to import them by
    "trailers12k-resnet50": Network("resnet50", 2048, "i_resnet_fpc24"),
    "trailers12k-swin": Network("swin_tiny", 768, "i_swin_fpc24"),
    "trailers12k-swin3d": Network("swin3d_tiny", 768, "ik_swin_fps24_fpc24"),
}


def read(network: Network, path: Path, warn: Warn) -> PublishedFeatures:
    """Return the features of a network in the folder of `path`, or in that folder; raises WorkerError."""
    folder = path if path.is_dir() and path.suffix != ".zarr" else path.parent
    table = find_file(folder if path.suffix in (".zarr", ".zip") else path, trailers12k.TABLES)
    found = list(trailers12k.read_films(table, trailers12k.find_videos(table, warn)))
    films = [replace(film, url=find_url(film.url or "")) for film in found if film]
    return PublishedFeatures(
        name="trailers12k",
        published="https://doi.org/10.5281/zenodo.5716409",
        backbone=network.backbone,
        frames="24fpc",
        vocabulary="trailers12k",
        films=films,
        open=partial(_open, network, folder),
        n_bad=len(found) - len(films),
    )


@contextmanager
def _open(network: Network, folder: Path) -> Iterator[ZarrVectors]:
    import_numcodecs()
    path = next((folder / name for name in network.stores if (folder / name).exists()), None)
    if path is None:
        raise WorkerError(
            "file_not_found",
            f"{str(folder)!r} holds no {network.stores[0]}; unpack {network.stores[0]}.tar.gz beside the table",
        )
    with ZarrFile(path) as file:
        yield ZarrVectors(lambda film: file, network.dim)
