"""What no training of the starter may see: the films that test where models are trained on posters and plots."""

from benchmarks.real_data import CACHE, SHARED, open_teacher
from classifier.labels import LabelColumns
from classifier.split import Split, make_split
from worker.film_data import FilmTable, film_dataset
from worker.progress import Quiet
from worker.settings import read_settings

SEED = 0
GENRES = (
    *(("genres_imdb", "imdb"), ("genres_tmdb", "tmdb"), ("genres_imdb_top3", "imdb")),
    ("genres_movielens", "movielens"),
)


def films_split() -> Split:
    """Return the split that `trailers train` makes for the models that ship, as classifier/models/README.md has it."""
    collections = ("imdb7k", "hetrec5k")
    table = FilmTable(
        tuple(SHARED / "posters" / f"posters_{name}.zip" for name in collections),
        SHARED / "films" / "films.csv",
        LabelColumns(
            files=(*(f"poster_{name}" for name in collections), "plot"), genres=GENRES, groups=("collection", "title")
        ),
    )
    settings = read_settings({"TRAILERS_HOME": str(CACHE.parent.parent)})
    films, _ = film_dataset(table, open_teacher(), settings=settings, say=print, progress=Quiet())
    return make_split(films, seed=SEED)
