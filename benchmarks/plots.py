"""Heads on real plots: how well words predict genres, learning from few and from all plots."""

from collections.abc import Mapping, Sequence

from benchmarks.heads_table import measure, print_lines
from benchmarks.real_data import LMTD9, SHARED, Row, read_films
from classifier.data.dataset import Dataset
from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelledFile
from classifier.data.split import PARTS, Split, make_split
from classifier.evaluation.evaluation import Evaluation
from classifier.ragged import Ragged
from classifier.title_stem import title_stem
from extractor.errors import BadPlot
from extractor.plots import WORDS_ID, Plot, read_plot

SEED = 0
SOURCES = (("genres_imdb", "imdb"), ("genres_tmdb", "tmdb"), ("genres_movielens", "movielens"))


def main() -> None:
    """Print heads on the overviews alone, and TF-IDF with every other plot to learn from, on one test part."""
    if not SHARED.is_dir():
        print("plots: needs the real data (../shared/data), which is not on this machine")
        return
    data = overviews()
    split = make_split(data, seed=SEED)
    lines = measure(data, split, heads=("tfidf", "lstm"))
    print_lines(f"{len(data):,} TMDB overviews with IMDb's labels", lines)
    _print_sets({line.head: line.evaluation for line in lines})
    more = all_plots()
    wider = widen(split, data, more)
    lines = measure(more, wider, heads=("tfidf",))  # a quarter of an hour for the other
    n_train = sum(part != "test" for part in wider.parts.values())
    print_lines(f"the same test part, {n_train:,} plots of all sources to learn from and to choose by", lines)
    _print_sets({line.head: line.evaluation for line in lines})


def overviews() -> Dataset:
    """Return TMDB's overviews of the films that IMDb gives at least one of the nine genres."""
    films = [row for row in read_films() if row["plot_source"] == "tmdb" and row["genres_imdb"]]
    return _dataset([row for row in films if set(row["genres_imdb"].split("|")) & set(LMTD9)])


def all_plots(genres: tuple[str, ...] = LMTD9) -> Dataset:
    """Return every plot with labels: IMDb's, else TMDB's, else MovieLens'; genres that a source lacks are masked."""
    rows = [row for row in read_films() if row["plot"] and any(row[column] for column, _ in SOURCES)]
    return _dataset(rows, genres)


def _dataset(rows: Sequence[Row], genres: tuple[str, ...] = LMTD9) -> Dataset:
    """Return the words of plots with these genres, grouped by franchise, else by title; the first of equal plots."""
    labels: dict[str, LabelledFile] = {}
    plots: dict[str, Plot] = {}
    for row in rows:
        try:
            plot = read_plot(row["plot"])
        except BadPlot:
            continue
        column, source = next(pair for pair in SOURCES if row[pair[0]])
        group = title_stem(row["collection"]) or title_stem(row["title"]) or row["imdb_id"]
        plots.setdefault(plot.digest, plot)
        labels.setdefault(plot.digest, LabelledFile(0, row["imdb_id"], tuple(row[column].split("|")), source, group))
    named, Y, known = labelled_genres(list(labels.values()))
    data = Dataset(
        X=Ragged.from_sequences([plot.vectors for plot in plots.values()]),
        Y=Y,
        known=known,
        genres=named,
        ids=tuple(label.file for label in labels.values()),
        groups=tuple(label.group for label in labels.values()),
        digests=tuple(plots),
        features_id=WORDS_ID,
        modality="plot",
    )
    return data.with_genres(genres)


def widen(split: Split, data: Dataset, more: Dataset) -> Split:
    """Return the split with other plots in `train`, without those whose film, franchise or words are held out."""
    part_of: dict[str, str] = {}
    for place, row in enumerate(data.ids):
        for name in (data.groups[place], data.digests[place]):
            part_of[name] = split.parts[row]
    parts = {}
    for place, row in enumerate(more.ids):
        held = {part_of.get(more.groups[place]), part_of.get(more.digests[place])} - {None, "train"}
        if row in split.parts:
            parts[row] = split.parts[row]
        elif not held:
            parts[row] = PARTS[0]
    return Split(split.seed, more.sha256, parts)


def _print_sets(evaluations: Mapping[str, Evaluation]) -> None:
    """Print how good the predicted sets of genres are, as a Markdown table."""
    names = ("samples_f1", "micro_f1", "macro_f1", "exact_match")
    print("\n| head | F1 samples | F1 micro | F1 macro | exact match |\n|---|---|---|---|---|")
    for head, evaluation in evaluations.items():
        print(f"| {head} | {' | '.join(f'{evaluation.figures[name]:.3f}' for name in names)} |", flush=True)


if __name__ == "__main__":
    main()
