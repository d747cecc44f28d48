"""The action `trailers models measure`, and what `models show` says of a measurement; no command itself."""

import argparse
import dataclasses

from classifier.counts import count
from classifier.evaluation.bootstrap import Interval
from classifier.evaluation.measuring import GenreMeasurement
from classifier.evaluation.report import show_figure
from db.registry.measurement_records import Measurement
from db.store import Store
from worker.arguments import user_name
from worker.commands.output import print_json, say
from worker.inference.registry import find_model
from worker.learning.listener import LearningListener
from worker.predicting.report import print_table
from worker.progress import show_progress
from worker.runtime import Runtime
from worker.service.measuring import measure_model

HEADER = ("genre", "have it", "known", "AP", "95 %", "AUC", "precision", "recall", "F1", "ECE", "threshold")
TOO_FEW = ("too few", *("",) * 6)


def measure(runtime: Runtime, arguments: argparse.Namespace) -> None:
    """Measure a model on the labelled trailers of the database now, and store the report."""
    record = find_model(runtime.store, arguments.model)
    with show_progress("measuring") as progress:
        report = measure_model(runtime, record, LearningListener(say, progress))
    runtime.store.measurements.save(record.model_id, report, by=user_name())
    if arguments.json:
        print_json({"model_id": record.model_id, **dataclasses.asdict(report)})
    else:
        show_measurement(runtime.store, record.model_id)


def show_measurement(store: Store, model_id: str) -> None:
    """Print how a model does on the library's trailers by genre, or how it can be found out."""
    measurement = store.measurements.get(model_id)
    print()
    if measurement is None:
        print(f"not measured on this library yet: trailers models measure {model_id[:8]}")
        return
    _say_state(measurement)
    if (report := measurement.report) is None:
        return
    found, made_at = report.found, f"{report.made_at:%Y-%m-%d %H:%M} UTC"
    print(
        f"on {count(found.n_rows, 'labelled trailer')} of this library, of {count(found.n_films, 'film')}, that it has "
        f"not learnt from ({made_at})"
    )
    for note in report.left_out:
        print(f"  {note}")
    if "macro_ap" in found.figures:
        within, shares = _within(found.intervals.get("macro_ap")), found.beside["prior"]["macro_ap"]
        print(f"macro AP {found.figures['macro_ap']:.3f}{within}; of the genres' shares alone {shares:.3f}")
    print_table(HEADER, [_row(each) for each in sorted(found.genres, key=lambda each: -each.support)])
    if report.rival:
        print(report.rival.finding)


def _say_state(measurement: Measurement) -> None:
    if measurement.state in ("waiting", "running"):
        print(f"a measurement is {measurement.state}")
    elif measurement.error:
        print(f"the last measurement failed ({measurement.error.code}): {measurement.error.message}")


def _row(found: GenreMeasurement) -> tuple[str, ...]:
    begin = (found.genre, f"{found.support:,}", f"{found.n_known:,}")
    if found.curves is None:
        return *begin, *TOO_FEW, f"{found.threshold:.2f}"
    figures, ap = found.curves.figures, found.curves.ap
    shown = (figures.auc, figures.precision, figures.recall, figures.f1, figures.ece)
    interval = f"{ap.low:.3f} to {ap.high:.3f}" if ap else ""
    average = show_figure(figures.average_precision)
    return *begin, average, interval, *map(show_figure, shown), f"{found.threshold:.2f}"


def _within(interval: Interval | None) -> str:
    return f" ({interval.low:.3f} to {interval.high:.3f})" if interval else ""
