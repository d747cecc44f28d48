"""Heads on real plots: how well words predict genres, learning from few plots and from all; titles and sentences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.films_table import SOURCES, labelled_rows
from benchmarks.heads_table import Line, measure, print_lines
from benchmarks.real_data import LMTD9, SHARED, Row, read_films
from benchmarks.text_folds import Learner, print_folds
from classifier.data.dataset import Dataset
from classifier.data.label_matrix import labelled_genres
from classifier.data.labels import LabelledFile, add_year
from classifier.data.split import PARTS, Split, make_split
from classifier.evaluation.evaluation import Evaluation
from classifier.heads.linear import LogisticMean
from classifier.heads.tfidf import TfIdf
from classifier.ragged import Ragged
from classifier.title_stem import title_stem
from extractor.errors import BadPlot
from extractor.plots import WORDS_ID, Plot, read_plot
from extractor.sentences import USUAL, SentenceEncoder, is_installed
from extractor.titles import TITLE_ID, Title, read_title
from worker.learning.listener import LearningListener
from worker.learning.text_data import encode_plots
from worker.progress import Quiet

SEED = 0
SHARES = (0.1, 0.25, 0.5)  # of plots_more.csv
WEIGHTS = {"words": 1.0, "title": 0.5, "sentence": 0.8}  # of logits; chosen on the same folds, worth .003
READERS: Mapping[str, Callable[[str], Plot | Title]] = {"plot": read_plot, "title": read_title}
IDS = {"plot": WORDS_ID, "title": TITLE_ID}


def main() -> None:
    """Print heads that learn from overviews alone and from films.csv's plots, on one test part; all texts in folds."""
    if not SHARED.is_dir():
        print("plots: needs the real data (../shared/data), which is not on this machine")
        return
    data = overviews()
    split = make_split(data, seed=SEED)
    lines = measure(data, split, heads=("tfidf", "lstm"))
    print_lines(f"{len(data):,} TMDB overviews with IMDb's labels", lines)
    _print_sets({line.head: line.evaluation for line in lines})
    more = all_plots()
    _print_sets({line.head: line.evaluation for line in _print_wider(split, data, more)})
    print_folds(list(_learners(data)), WEIGHTS)


def _learners(data: Dataset) -> Iterator[Learner]:
    """Yield what learns from ever more plots, from titles, and from sentences where the encoder is installed."""
    rows, plots, titles = {row["imdb_id"]: row for row in labelled_rows()}, most_texts("plot"), most_texts("title")
    is_tested, is_first = np.isin(plots.ids, data.ids), np.array([not row.startswith("more ") for row in plots.ids])
    drawn, tested = np.random.default_rng(SEED).random(len(plots)), plots.rows(is_tested)
    some = {f"{share:.0%} of the others, too": is_first | (drawn < share) for share in SHARES}
    sizes = {"overviews alone": is_tested, "plots of films.csv": is_first, **some, "words": drawn < 1}
    for name, chosen in sizes.items():
        yield Learner(name, plots.rows(chosen), tested, TfIdf(sizes=(40_000,), penalties=(1.0,)))
    named = (read_title(add_year(rows[row]["title"], rows[row]["year"])) for row in tested.ids)
    X = Ragged.from_sequences([title.vectors for title in named])
    theirs = replace(tested, X=X, features_id=TITLE_ID, modality="title")
    yield Learner("title", titles, theirs, TfIdf(sizes=(30_000,), penalties=(1.0,)))
    if is_installed():
        encoder, read = SentenceEncoder(USUAL), [read_plot(rows[row]["plot"]).text for row in plots.ids]
        vectors = encode_plots(encoder, read, home=Path(".bench"), listener=LearningListener(print, Quiet()))
        X = Ragged.singles(vectors)
        every = replace(plots, X=X, features_id=encoder.features_id, modality="sentence")
        yield Learner("sentence", every, every.rows(is_tested), LogisticMean(sizes=(384,), penalties=(0.01,)))


def _print_wider(split: Split, data: Dataset, more: Dataset) -> list[Line]:
    wider = widen(split, data, more)
    lines = measure(more, wider, heads=("tfidf",))  # a quarter of an hour for the other
    n_train = sum(part != "test" for part in wider.parts.values())
    print_lines(f"the same test part, {n_train:,} {more.modality}s to learn from and to choose by", lines)
    return lines


def overviews() -> Dataset:
    """Return TMDB's overviews of the films that IMDb gives at least one of the nine genres."""
    films = [row for row in read_films() if row["plot_source"] == "tmdb" and row["genres_imdb"]]
    return _dataset([row for row in films if set(row["genres_imdb"].split("|")) & set(LMTD9)])


def all_plots(genres: tuple[str, ...] = LMTD9) -> Dataset:
    """Return every plot with labels: IMDb's, else TMDB's, else MovieLens'; genres that a source lacks are masked."""
    rows = [row for row in read_films() if row["plot"] and any(row[column] for column, _ in SOURCES)]
    return _dataset(rows, genres)


def most_texts(modality: str) -> Dataset:
    """Return every plot or title with labels of films.csv and plots_more.csv, as `labelled_rows` has them."""
    labelled = labelled_rows()
    if modality == "title":
        return _dataset([{**row, "title": add_year(row["title"], row["year"])} for row in labelled], modality="title")
    return _dataset([row for row in labelled if row["plot"]])


def _dataset(rows: Sequence[Row], genres: tuple[str, ...] = LMTD9, *, modality: str = "plot") -> Dataset:
    """Return the words of texts with these genres, grouped by franchise, else by title; the first of equal ones."""
    labels: dict[str, LabelledFile] = {}
    texts: dict[str, Plot | Title] = {}
    for row in rows:
        try:
            text = READERS[modality](row[modality])
        except BadPlot:
            continue
        column, source = next(pair for pair in SOURCES if row.get(pair[0]))
        group = row.get("group") or title_stem(row["collection"]) or title_stem(row["title"]) or row["imdb_id"]
        its = tuple(row[column].split("|"))
        unknown = tuple(filter(None, row.get("unknown_here", "").split("|"))) if column == "genres" else ()
        label = LabelledFile(0, row["imdb_id"], its, source or row["known"], group, unknown=unknown)
        texts.setdefault(text.digest, text)
        labels.setdefault(text.digest, label)
    named, Y, known = labelled_genres(list(labels.values()))
    data = Dataset(
        X=Ragged.from_sequences([text.vectors for text in texts.values()]),
        Y=Y,
        known=known,
        genres=named,
        ids=tuple(label.file for label in labels.values()),
        groups=tuple(label.group for label in labels.values()),
        digests=tuple(texts),
        features_id=IDS[modality],
        modality=modality,
    )
    return data.with_genres(genres)


def widen(split: Split, data: Dataset, more: Dataset) -> Split:
    """Return the split with other plots in `train`, without those whose film, franchise or words are held out."""
    held_out: set[str] = set()
    for rows in (data, more):  # which may name a group otherwise
        for place, row in enumerate(rows.ids):
            if split.parts.get(row, "train") != "train":
                held_out |= {rows.groups[place], rows.digests[place]}
    parts = {}
    for place, row in enumerate(more.ids):
        if row in split.parts:
            parts[row] = split.parts[row]
        elif held_out.isdisjoint((more.groups[place], more.digests[place])):
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
