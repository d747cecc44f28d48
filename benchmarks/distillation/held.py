"""Splits of the films: no training of the starter may see the test films of models of posters and plots."""

from benchmarks.backbones import fastest_precision
from benchmarks.real_data import CACHE, SHARED, open_teacher
from classifier.data.duplicates import join_groups
from classifier.data.films import Films
from classifier.data.labels import LabelColumns
from classifier.data.split import PARTS, Split, make_split
from extractor.networks.backbone import Backbone
from extractor.networks.starter import Starter, starter_weights
from worker.learning.film_data import film_dataset
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener
from worker.progress import Quiet
from worker.settings import read_settings

SEED = 0
GENRES = (
    *(("genres_imdb", "imdb"), ("genres_tmdb", "tmdb"), ("genres_imdb_top3", "imdb")),
    ("genres_movielens", "movielens"),
)


def films_split() -> Split:
    """Return the split that the starter was distilled by: it has not seen the test films.

    `trailers train` makes it from Inception-V3's features, as in classifier/models/README.md.
    """
    return make_split(_read_films(open_teacher()), seed=SEED)


def starter_split() -> Split:
    """Return the same split without leaks in the starter's features, for models on these features.

    Copies that only the starter finds go, with all rows of their group, to the first part that any of them is in.
    """
    split, films = films_split(), _read_films(Starter(starter_weights(), precision=fastest_precision()))
    together = join_groups(films)
    first: dict[str, int] = {}
    for name, place in zip(together, split.places(films).tolist(), strict=True):
        first[name] = min(place, first.get(name, place))
    parts = {row: PARTS[first[name]] for row, name in zip(films.ids, together, strict=True)}
    return Split(split.seed, films.sha256, parts)


def _read_films(network: Backbone) -> Films:
    collections = ("imdb7k", "hetrec5k")
    files = (*(f"poster_{name}" for name in collections), "plot")
    table = LabelTable(
        SHARED / "films" / "films.csv",
        LabelColumns(files=files, genres=GENRES, groups=("collection", "title")),
        tuple(SHARED / "posters" / f"posters_{name}.zip" for name in collections),
    )
    settings = read_settings({"TRAILERS_HOME": str(CACHE.parent.parent)})
    listener = LearningListener(print, Quiet())
    return film_dataset(table, network, settings=settings, listener=listener)[0]
