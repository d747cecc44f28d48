"""What no training of the starter may see: the films that test where models are trained on posters and plots."""

from benchmarks.backbones import fastest
from benchmarks.real_data import CACHE, SHARED, open_teacher
from classifier.data.duplicates import join_groups
from classifier.data.films import Films
from classifier.data.labels import LabelColumns
from classifier.data.split import PARTS, Split, make_split
from extractor.networks.backbone import Backbone
from extractor.networks.starter import Starter, starter_weights
from worker.learning.film_data import FilmTable, film_dataset
from worker.learning.listener import LearningListener
from worker.learning.poster_data import PosterTable
from worker.progress import Quiet
from worker.settings import read_settings

SEED = 0
GENRES = (
    *(("genres_imdb", "imdb"), ("genres_tmdb", "tmdb"), ("genres_imdb_top3", "imdb")),
    ("genres_movielens", "movielens"),
)


def films_split() -> Split:
    """Return the split by which the starter was distilled: its test films were kept from it.

    It is what `trailers train` makes by Inception-V3's features, as classifier/models/README.md has it.
    """
    return make_split(_read_films(open_teacher()), seed=SEED)


def starter_split() -> Split:
    """Return the same split less what leaks through the starter's eyes, for models that judge by it.

    Copies that Inception-V3 doesn't tell as such go, with all that must stay with them, to the part learnt from most.
    """
    split, films = films_split(), _read_films(Starter(starter_weights(), precision=fastest()))
    together = join_groups(films)
    first: dict[str, int] = {}
    for name, place in zip(together, split.places(films).tolist(), strict=True):
        first[name] = min(place, first.get(name, place))
    parts = {row: PARTS[first[name]] for row, name in zip(films.ids, together, strict=True)}
    return Split(split.seed, films.sha256, parts)


def _read_films(network: Backbone) -> Films:
    collections = ("imdb7k", "hetrec5k")
    posters = PosterTable(
        tuple(SHARED / "posters" / f"posters_{name}.zip" for name in collections),
        SHARED / "films" / "films.csv",
        LabelColumns(
            files=tuple(f"poster_{name}" for name in collections), genres=GENRES, groups=("collection", "title")
        ),
    )
    settings = read_settings({"TRAILERS_HOME": str(CACHE.parent.parent)})
    listener = LearningListener(print, Quiet())
    return film_dataset(FilmTable(posters, "plot"), network, settings=settings, listener=listener)[0]
