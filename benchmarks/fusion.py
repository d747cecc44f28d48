"""Ways of joining poster, plot and trailer, beside each head alone, on the same grouped split of real films.

TRAILERS_BENCH_TASKS=two,three chooses: poster and plot; or low-level features of the trailer as well.
TRAILERS_BENCH_JOINS=late,stacked,early,gated chooses the ways.
"""

import os
from collections.abc import Mapping

import numpy as np

from benchmarks.real_data import LMTD9, SHARED
from benchmarks.real_films import films_with
from classifier.data.films import Films
from classifier.data.split import make_split
from classifier.evaluation.bootstrap import Interval, intervals, paired
from classifier.evaluation.metrics import macro_ap, ranking_figures
from classifier.evaluation.scored_rows import ScoredRows
from classifier.heads.base import Head, Monitor
from classifier.heads.options import NeuralOptions
from classifier.joins.base import Alone, Join
from classifier.joins.branches import Branches
from classifier.joins.kinds import JOINS
from classifier.training.candidates import fit_candidate
from classifier.training.joining import JoinCandidate, choose_join, fit_joins
from classifier.training.kept_heads import KeptHeads
from classifier.training.parts import Parts
from classifier.verdict import sigmoid
from classifier.view import join_names, subsets

SEED = 0
HEADS = {"trailer": "mlp", "poster": "logistic_mean", "plot": "tfidf"}  # the best for each, see docs/results.md


def main() -> None:
    """Print the tables."""
    if not SHARED.is_dir():
        print("fusion: needs the real data (../shared/data), which is not on this machine")
        return
    tasks = os.environ.get("TRAILERS_BENCH_TASKS", "two,three").split(",")
    for name, title in (("two", "poster and plot"), ("three", "trailer (seven low-level numbers), poster and plot")):
        if name in tasks:
            films = films_with(genres=LMTD9, low_level=name == "three")
            _print_table(title, films)


def _print_table(title: str, films: Films) -> None:
    parts = Parts.from_split(films, make_split(films, seed=SEED))
    whole = films.views.modalities
    rows = parts.test.rows(parts.test.views.having(whole))
    heads = _fit_heads(parts)
    kinds = tuple(os.environ.get("TRAILERS_BENCH_JOINS", ",".join(JOINS)).split(","))
    candidates = fit_joins(
        Branches.from_members(heads, parts.validation),
        parts.fitting,
        parts.validation,
        kinds=kinds,
        options=NeuralOptions(seed=SEED),
        monitor=lambda name: Monitor(),
    )
    alone: dict[str, Join] = {f"{name} alone": Alone({name: head}) for name, head in heads.items()}
    joins = alone | {one.score.name: one.join for one in candidates}
    print(f"\n**{title}**: 9 genres, full IMDb labels, {len(parts.fitting):,} films to train, {len(rows):,} to test\n")
    _print_subsets(joins, rows)
    _print_gains(joins, {name: (join,) for name, join in alone.items()}, rows)
    _print_choice(candidates, parts.validation)


def _fit_heads(parts: Parts) -> Mapping[str, Head]:
    heads = {}
    for name in parts.fitting.views.modalities:
        found = fit_candidate(
            HEADS[name],
            parts.fitting.branch(name),
            parts.validation.branch(name),
            options=NeuralOptions(seed=SEED),
            kept=KeptHeads(None),
            monitor=Monitor(),
        )
        print(f"  {name}: {found.score.macro_ap:.3f} on validation, {found.score.seconds:.0f} s", flush=True)
        heads[name] = found.head
    return heads


def _print_subsets(joins: Mapping[str, Join], rows: Films) -> None:
    """Print macro AP / AUC of each way on the test films with all modalities, given some of them."""
    choices = subsets(rows.views.modalities)
    print(f"| way | {' | '.join(join_names(choice) for choice in choices)} |")
    print(f"|---|{'---|' * len(choices)}")
    for name, join in joins.items():
        cells = [_cell(join, rows, choice) if set(choice) <= set(join.modalities) else "" for choice in choices]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    prior = macro_ap(rows.Y, np.tile(rows.priors, (len(rows), 1)), known=rows.known)
    print(f"| nothing (the prior) | {prior:.3f} / .500 {'|' * len(choices)}")


def _cell(join: Join, rows: Films, choice: tuple[str, ...]) -> str:
    logits = join.logits(rows.views.only(choice))
    found = ranking_figures(ScoredRows.from_scores(rows.Y, sigmoid(logits), known=rows.known))
    return f"{found['macro_ap']:.3f} / {found['macro_auc']:.3f}"


def _print_gains(joins: Mapping[str, Join], alone: Mapping[str, tuple[Join]], rows: Films) -> None:
    """Print by how much all modalities together beat the best single head, and what a dropped one costs."""
    single = {name: _score(join, rows, join.modalities) for name, (join,) in alone.items()}
    best = max(single, key=lambda name: macro_ap(rows.Y, single[name].scores, known=rows.known))
    print(f"\n| way | macro AP, 95 % | gain over {best}, 95 % | worst of one modality given, against its head alone |")
    print("|---|---|---|---|")
    for name, join in joins.items():
        if name not in alone:
            together = _score(join, rows, rows.views.modalities)
            sure: Interval = intervals(together, groups=rows.groups, figures=("macro_ap",))["macro_ap"]
            gain = paired(together, single[best], groups=rows.groups)
            drops = [
                macro_ap(rows.Y, _score(join, rows, (each,)).scores, known=rows.known)
                - macro_ap(rows.Y, single[f"{each} alone"].scores, known=rows.known)
                for each in rows.views.modalities
            ]
            print(
                f"| {name} | {sure.low:.3f} to {sure.high:.3f} | {gain.difference:+.3f} ({gain.low:+.3f} to "
                f"{gain.high:+.3f}) | {min(drops):+.3f} |",
                flush=True,
            )


def _score(join: Join, rows: Films, choice: tuple[str, ...]) -> ScoredRows:
    return ScoredRows.from_scores(rows.Y, sigmoid(join.logits(rows.views.only(choice))), known=rows.known)


def _print_choice(candidates: list[JoinCandidate], validation: Films) -> None:
    chosen, comparison = choose_join(candidates, validation, seed=SEED)
    found = ", ".join(f"{one.score.name} {one.score.macro_ap:.3f}" for one in candidates)
    words = ""
    if comparison:
        sure = f"{comparison.low:+.3f} to {comparison.high:+.3f}"
        words = f"; best against simplest {comparison.difference:+.3f} ({sure})"
    print(
        f"\non validation films of several modalities: {found}{words}; the default is **{chosen.score.name}**",
        flush=True,
    )


if __name__ == "__main__":
    main()
