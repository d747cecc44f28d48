"""Starter beside Inception-V3: how near its features come, how well they predict genres, how much faster it is.

The starter has learnt from none of the pictures tested on: posters of test films, whole trailers, stills, videos.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks import starter_speed
from benchmarks.backbones import fastest_precision
from benchmarks.distillation.held import starter_split
from benchmarks.distillation.pictures import SOURCES, Picture, Source, list_pictures, open_picture
from benchmarks.distillation.shards import shrink
from benchmarks.poster_heads import evaluate_prior, fit_head, label_posters, of_first
from benchmarks.real_data import SHARED, open_teacher, poster_vectors, read_films
from classifier.data.dataset import Dataset
from classifier.data.split import Part, Split
from classifier.evaluation.bootstrap import intervals
from classifier.evaluation.evaluation import evaluate
from classifier.evaluation.scored_rows import ScoredRows
from classifier.verdict import sigmoid
from extractor.networks.backbone import Backbone
from extractor.networks.inception import Network
from extractor.networks.starter import Starter, starter_weights
from extractor.networks.trial import cosine
from extractor.video.extraction import extract_features

Vectors = NDArray[np.float32]
VIDEOS = ("sintel_trailer_480x204_h264_aac.mp4", "bbb_480p_30s_h264_aac.mp4", "chaplin_10s_h264_mp3.mp4")
BATCH = 32
STILLS: Source = "cinemanet"
COPY = 0.92  # above this a picture may be a copy of another: see classifier/data/duplicates.py


def main() -> None:
    """Print all tables."""
    if SHARED.is_dir():
        split = starter_split()
        report_features(split)
        report_genres(split)
    else:
        print("starter: the first two tables need the real data (../shared/data), which is not on this machine")
    starter_speed.report()


def report_features(split: Split) -> None:
    """Print cosine and R2 to Inception-V3's features by source, beside those of the mean of all features."""
    teacher, student = open_teacher(fastest_precision()), Starter(starter_weights(), precision=fastest_precision())
    pictures = list_pictures(split)
    sources = {source: [each for each in pictures if each.held and each.source == source] for source in SOURCES}
    learnt = [each for each in pictures if not each.held and each.source == STILLS]
    sources[STILLS] = _without_copies(student, sources[STILLS], learnt)
    found: dict[str, tuple[Vectors, Vectors]] = {
        source: (_extract(teacher, some), _extract(student, some)) for source, some in sources.items()
    }
    for name in VIDEOS:
        wanted, seen = (extract_features(SHARED / "video" / name, network).vectors for network in (teacher, student))
        found[name] = (wanted, seen)
    usual = np.concatenate([wanted for wanted, _ in found.values()]).mean(axis=0)
    print("\nfeatures of pictures that the starter has not learnt from, against Inception-V3's\n")
    print("| source | pictures | cosine | of the mean | cosine less the mean | R2 |\n|---|---|---|---|---|---|")
    for source, (wanted, seen) in found.items():
        _print_nearness(source, wanted, seen, usual)
    everything = [np.concatenate(parts) for parts in zip(*found.values(), strict=True)]
    _print_nearness("all", everything[0], everything[1], usual)


def _print_nearness(source: str, wanted: Vectors, seen: Vectors, usual: Vectors) -> None:
    """Print a row; R2 is one less the squared error over that of the source's own mean, summed over features."""
    mean = wanted.mean(axis=0)
    r2 = 1 - np.square(wanted - seen).sum() / np.square(wanted - mean).sum()
    of_mean = cosine(wanted, np.tile(usual, (len(wanted), 1))).mean()
    centred = cosine(wanted - usual, seen - usual).mean()
    near = cosine(wanted, seen).mean()
    print(f"| {source} | {len(wanted):,} | {near:.3f} | {of_mean:.3f} | {centred:.3f} | {r2:.3f} |", flush=True)


def report_genres(split: Split) -> None:
    """Print how well a head for posters does on the features of each network, the same posters in the same parts."""
    print("\n**nine genres**, the test posters of the first collection\n")
    print("| features | posters learnt from | tested | macro AP | 95 % | macro AUC |\n|---|---|---|---|---|---|")
    networks: Mapping[str, Backbone] = {
        "Inception-V3": open_teacher(),
        "starter": Starter(starter_weights(), precision=fastest_precision()),
    }
    for name, network in networks.items():
        data = label_posters(poster_vectors(network))
        own = Split(split.seed, data.sha256, _parts(data, split))
        head = fit_head(data, own)
        test = of_first(own.rows(data, "test"))
        scored = ScoredRows.from_scores(test.Y, sigmoid(head.logits(test.X)), known=test.known)
        found = evaluate(test.Y, scored.scores, genres=test.genres, known=test.known)
        sure = intervals(scored, groups=test.groups, figures=("macro_ap",))["macro_ap"]
        n_learnt = len(own.rows(data, "train", "validation"))
        auc = found.figures["macro_auc"]
        between = f"{sure.low:.3f} to {sure.high:.3f}"
        print(
            f"| {name} | {n_learnt:,} | {len(test):,} | {found.macro_ap:.3f} | {between} | {auc:.3f} |",
            flush=True,
        )
    print(f"| always the genres' shares | | {len(test):,} | {evaluate_prior(test).macro_ap:.3f} | | .500 |")
    print("| frozen MobileNet, as published in MANIFEST.md | | | .456 | | .781 |")
    print("| colour + HOG, as published in MANIFEST.md | | | .344 | | .703 |")


def _parts(data: Dataset, split: Split) -> dict[str, Part]:
    """Return the part of each poster, by its film's row in the table."""
    rows = {row["imdb_id"]: f"row {number + 1}" for number, row in enumerate(read_films())}
    return {key: split.parts[rows[key.partition("/")[2]]] for key in data.ids}


def _without_copies(network: Network, pictures: Sequence[Picture], learnt: Sequence[Picture]) -> list[Picture]:
    """Return the pictures without copies of learnt ones: some stills come more than once, under other names."""
    seen, known = _extract(network, pictures), _extract(network, learnt)
    mean = known.mean(axis=0)
    units = [(vectors - mean) / np.linalg.norm(vectors - mean, axis=1, keepdims=True) for vectors in (seen, known)]
    nearest = (units[0] @ units[1].T).max(axis=1)  # (pictures,)
    return [picture for picture, near in zip(pictures, nearest.tolist(), strict=True) if near < COPY]


def _extract(network: Network, pictures: Sequence[Picture]) -> Vectors:
    parts = []
    for start in range(0, len(pictures), BATCH):
        some = [open_picture(picture) for picture in pictures[start : start + BATCH]]
        parts.append(network(np.stack([shrink(picture, network.frame_size) for picture in some])))
    return np.concatenate(parts)


if __name__ == "__main__":
    main()
