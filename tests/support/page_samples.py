"""Samples for each template: everything there can be, the least there can be, and a stranger's markup."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from classifier.evaluation.bootstrap import Interval
from classifier.prediction import DrivingWord, Evidence, GenreScore
from classifier.taxonomy import Taxonomy
from db.labelling.layers import Layer
from db.labelling.review_queue import QueuedTrailer
from db.library_map import DrawnMap
from db.library_records import Facets, LibraryQuery, Verdict
from db.queue.pace_records import HourPace, LanePace, Pace
from db.queue.throttle import Pause
from db.records import HeardSpeech, Source, TrailerLabels
from db.registry.measurement_records import MeasurementBrief
from tests.support.audits.page import make_audit_view
from tests.support.film_samples import (
    GENRES,
    NOW,
    VIDEO,
    make_library,
    make_page,
    make_prediction,
    make_review,
    make_strip,
)
from tests.support.measured.samples import make_measurement, make_model_view
from tests.support.queue_samples import (
    CAUSES,
    STAGES,
    make_batch,
    make_batches,
    make_change,
    make_health,
    make_jobs,
    make_model,
    make_rows,
)
from web.comparison import compare, compare_words, list_words
from web.facet_groups import FacetGroups, make_groups
from web.library_search import Search
from web.needs import Need, Urgency
from web.pages.library import LibrarySearch
from web.pages.renderer import Shell
from web.pages.review import list_texts
from web.reasons import explain
from web.uploaded_files import SUFFIXES
from worker.batches.rows import ResultRow
from worker.lists.columns import NAMES
from worker.sites import YOUTUBE

View = Mapping[str, Any]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)></textarea></title>{{ 7*7 }}"
DISPUTED = [{"genre": "Drama", "yes": ["anna"], "no": ["ben", "cleo"], "reasons": {"ben": "only in the credits"}}]
HOUSE_WORDS = Taxonomy({"Spannung": ("Thriller",), "Gruselkrimi": ("Horror", "Mystery"), "Neuheit": ()}, version=1)
SHELL = Shell("submit", "0.1.0", signed_in=True, n_running=3, n_to_review=1284)


def make_facets(search: Search, genres: Sequence[str]) -> FacetGroups:
    """Return the groups of a library that has these genres, each once more often than the next."""
    counts = {genre: n for n, genre in enumerate(reversed(genres), 1)}
    names = {"tag_source": counts, "reviewed": {"true": 3, "false": 9}, "disagree": {"true": 2}, "model": counts}
    years, lengths = ({"1990": 3, "2020": 4}, {"0": 1, "5": 2}) if genres else ({}, {})
    facets = Facets(12 if genres else 0, counts, counts, counts, counts, **names, years=years, lengths=lengths)
    return make_groups(search, LibraryQuery(), lambda _: facets, {})


def make_overview(genres: Sequence[str], *, text: str = "") -> View:
    """Return what the overview shows of a library with these genres, empty without; `text` is in all its texts."""
    n = len(genres)
    urgencies: tuple[Urgency, ...] = ("bad", "warn", "ok")
    needs = [Need(f"{text} waits", f"do it {text}", f"/jobs?code={text}", urgency) for urgency in urgencies]
    lanes = (LanePace("download", waiting=n, running=n, since=NOW if n else None, per_hour=float(n)),)
    hours = tuple(HourPace(NOW, done=n, failed=n) for _ in range(24))
    return {
        "facets": make_facets(Search(), genres), "needs": needs if n else (), "pace": Pace(NOW, lanes, hours, (), n),
        "n_reviewed": n, "n_to_review": 10_000 if n else 0, "n_differ": n, "is_drawing": bool(n), "max_points": 10,
        "map": DrawnMap(f"{text}inception", 12, NOW) if n else None,
    }  # fmt: skip


def make_work(page: View, taxonomy: Taxonomy) -> View:
    """Return what the page of a review shows of a trailer, in the words of a house."""
    house_words, genres = list_words(taxonomy)
    rows = compare_words(page["comparison"], page["trailer"].layers, taxonomy)
    words = {"rows": rows, "house_words": house_words, "genres": genres}
    return {"page": page, **words, "texts": list_texts(page["trailer"]), "disputed": DISPUTED, "reviewer": "anna"}


def full_pages() -> dict[str, View]:
    """Return a view for each template, with everything there can be."""
    search = LibrarySearch(
        q="quiet",
        genre=["Horror"],
        min_score=0.4,
        max_score=0.95,
        since=date(2026, 11, 1),
        disagree=True,
        reviewed=False,
    )
    trailers = make_library()
    models = (
        make_model("starter", active=True, modality="poster+plot"),
        make_model("plots", active=False, modality="plot"),
    )
    similar = [(other, 0.93 - 0.04 * i) for i, other in enumerate(trailers[2:])]
    return {
        "overview": make_overview(GENRES, text="a trailer"),
        "submit": {"jobs": make_jobs(), "latest": trailers, "max_mb": 2048, "suffixes": SUFFIXES, "words": ("Drama",)},
        "trailer": {**make_page(), "model_name": "trailers-gru", "similar": similar, "disputed": DISPUTED},
        "library": {
            "trailers": trailers, "search": search, "facets": make_facets(search, GENRES), "models": {"m1": "gru"},
            "words": list_words(HOUSE_WORDS), "next_cursor": "eyJ",
        },
        "audit": make_audit_view(trailers, next_url="/audit?cursor=eyJ"),
        "batches": {"batches": make_batches(), "columns": NAMES, "max_mb": 2048, "suffixes": SUFFIXES},
        "batch": {"batch": make_batches()[0], "rows": make_rows(), "stage": None, "next_cursor": 8},
        "review": {
            **make_work(make_page(), HOUSE_WORDS), "queued": QueuedTrailer("youtube:x", 0.4, "Horror", True, NOW),
            "n_waiting": 1284, "n_reviewed": 316, "n_assigned": 12, "order": "learning",
            "next_url": "/review?order=learning",
        },
        "plot": {"model": models[1][0], "by_worker": True},
        "poster": {"model": models[0][0], "by_worker": False},
        "models": {
            "models": [record for record, _, _ in models],
            "measured": {models[0][0].model_id: MeasurementBrief("e" * 64, "done", 60, 0.61, Interval(0.5, 0.7))},
            "changes": (make_change("Ann", "knows our genres"),), "names": {},
        },
        "model": make_model_view(models[0], make_measurement(GENRES), GENRES[0]),
        "jobs": {
            "jobs": make_jobs(), "counts": STAGES, "causes": CAUSES, "stage": None, "code": None,
            "page": 2, "before": 50, "total": 1234, **make_health(),
        },
        "login": {"next_url": "/library", "wrong": True},
        "error": {"status": 404, "code": "not_found", "message": "There is no trailer youtube:nothing0000."},
    }  # fmt: skip


def minimal_pages() -> dict[str, View]:
    """Return a view for each template, with the least there can be."""
    file = Source("clip.mp4", "file", "0123456789abcdef")
    bare = replace(make_library()[0], trailer_id="file:0123456789abcdef", source=file, verdict=None)
    unmeasured = replace(make_model("plots", active=False, modality="plot")[0], metrics={})
    page = {
        "trailer": bare,
        "description": "",
        "speech": "",
        "site": None,
        "prediction": None,
        "strip": None,
        "left_out": (),
        "seconds": 1,
        "cuts": None,
        "has_stills": False,
        "reasons": (),
        "caveats": (),
        "comparison": (),
        "review": None,
    }
    return {
        "overview": make_overview(()),
        "submit": {"jobs": [], "latest": (), "max_mb": 2048, "suffixes": SUFFIXES, "words": ("Drama",)},
        "trailer": {**page, "model_name": None, "similar": [], "disputed": []},
        "library": {
            "trailers": (), "search": LibrarySearch(), "facets": make_facets(LibrarySearch(), ()), "models": {},
            "words": list_words(HOUSE_WORDS), "next_cursor": None,
        },
        "audit": make_audit_view((), next_url=None),
        "batches": {"batches": [], "columns": NAMES, "max_mb": 2048, "suffixes": SUFFIXES},
        "batch": {"batch": make_batch("b9", "one.txt", 0, {}), "rows": [], "stage": None, "next_cursor": None},
        "review": {
            "page": None, "queued": None, "n_waiting": 0, "n_reviewed": 0, "n_assigned": 0, "order": "disputed",
            "next_url": "/review", "reviewer": "local",
        },
        "plot": {"model": None, "by_worker": False},
        "poster": {"model": None, "by_worker": False},
        "models": {"models": [], "measured": {}, "changes": [], "names": {}},
        "model": make_model_view((unmeasured, {}, ()), None, None),
        "jobs": {
            "jobs": [], "counts": {}, "causes": (), "disks": [],
            "pace": Pace(NOW, (), (), (), 0),
            "stage": None, "code": None, "page": 1, "before": 0, "total": 0,
            "database": "6.0.14", "n_alive": 0, "workers": [], "pauses": {}, "versions": {"trailers": "0.1.0"},
            "network": {"message": "starter", "trouble": ""},
        },
        "login": {"next_url": "/", "wrong": False},
        "error": {"status": 503, "code": "store_unavailable", "message": "the database does not respond"},
    }  # fmt: skip


def hostile_pages() -> dict[str, View]:
    """Return a view for each template in which every text of a stranger is markup."""
    evil, prediction = HOSTILE, make_prediction()
    genres = (GenreScore(evil, 0.8, 0.4, passed=True, rank=1),)
    verdict = replace(
        prediction, genres=genres, evidence=(Evidence(evil, 1, 5, 0.9),), timeline={evil: (0.1, 0.9)},
        words=(DrivingWord(evil, evil, 1.0),), warnings=(evil,), model_id=evil, features_id=evil, modalities=(evil,),
        alone={evil: {evil: 0.5}, "trailer": {evil: 0.5}}, contributions={evil: {evil: 1.0, "trailer": 0.0}},
    )  # fmt: skip
    labels = TrailerLabels((evil,), source=evil)
    brief = Verdict(evil, evil, (evil,), {evil: 0.8}, (evil,), (evil,), NOW, 0.5, (evil,))
    stored = replace(
        make_library()[0], trailer_id=evil, source=Source(evil, evil, evil, evil, evil, evil), labels=labels, plot=evil,
        speech=HeardSpeech(evil, evil, evil, evil),
        video=replace(VIDEO, codec=evil, sha256=evil), poster_sha256=evil, verdict=brief,
        layers=(Layer(evil, (evil,), NOW, list=evil), Layer("review", (evil,), NOW, (evil,), by=evil)),
    )  # fmt: skip
    error = {"code": evil, "class": evil, "message": evil}
    names = ("job_id", "trailer_id", "title", "source", "external_id")
    job = {**make_jobs()[4], **dict.fromkeys(names, evil), "error": error}
    job["batches"] = [evil]
    batch = make_batch(
        evil, evil, 1, {"failed": 1}, causes=({"code": evil, "class": evil, "n": 1, "retryable": 1},), notes=(evil,)
    )
    row = ResultRow(row=1, source=evil, status="failed", title=evil, trailer_id=evil, code=evil, message=evil)
    predicted = replace(row, status="done", code=None, genres=((evil, 0.5),), passed=(evil,))
    page = {
        "trailer": stored, "description": evil, "speech": evil,
        "site": YOUTUBE, "prediction": verdict, "strip": make_strip(),
        "left_out": (), "seconds": 2, "cuts": (1,), "has_stills": True, "caveats": (evil, evil),
        "reasons": explain(verdict, shares={evil: 0.1}, unsure=(evil,)),
        "comparison": compare(labels, genres),
        "review": replace(make_review({evil: "accept"}, evil), reasons={evil: evil}),
    }  # fmt: skip
    disputed = [{"genre": evil, "yes": [evil], "no": [evil], "reasons": {evil: evil}}]
    search = LibrarySearch.model_construct(q=evil, genre=[evil], tag_source=evil, model=evil, view="table")
    record = replace(
        make_model(evil, active=True, modality=evil)[0],
        genres=(evil,), thresholds=(0.4,), trained_on=evil, head=evil, features_id=evil,
    )  # fmt: skip
    return {
        "overview": make_overview((evil,), text=evil),
        "submit": {"jobs": [job], "latest": (stored,), "max_mb": 2048, "suffixes": SUFFIXES, "words": (evil,)},
        "trailer": {**page, "model_name": evil, "similar": [(stored, 0.5)], "disputed": disputed},
        "library": {
            "trailers": (stored,), "search": search, "facets": make_facets(search, (evil,)), "models": {evil: evil},
            "words": ({evil: ("Drama",)}, {evil: (evil,)}), "next_cursor": evil,
        },
        "audit": make_audit_view((stored,), next_url="/audit?cursor=" + evil),
        "batches": {"batches": [batch], "columns": {evil: (evil,)}, "max_mb": 2048, "suffixes": SUFFIXES},
        "batch": {"batch": batch, "rows": [row, predicted], "stage": evil, "next_cursor": 1},
        "review": {
            **make_work(page, Taxonomy({evil: ("Drama",)})), "queued": QueuedTrailer(evil, 0.4, evil, True, NOW),
            "n_waiting": 1, "n_reviewed": 0, "n_assigned": 1, "order": evil, "next_url": "/review?after=" + evil,
        },
        "plot": {"model": record, "by_worker": True},
        "poster": {"model": record, "by_worker": False},
        "models": {
            "models": [record], "measured": {record.model_id: MeasurementBrief(evil, "waiting")},
            "changes": [make_change(evil, evil)], "names": {record.model_id: evil},
        },
        "model": make_model_view((record, {evil: {"macro_ap": 0.1}}, (0.5,)), make_measurement((evil,)), evil),
        "jobs": {
            "jobs": [job], "counts": {"failed": 1}, "stage": evil,
            "causes": ({"code": evil, "class": evil, "n": 1, "retryable": 1},), "code": evil,
            "disks": [{"message": "", "trouble": "full"}], "pace": Pace(NOW, (), (), (), 0),
            "network": {"message": evil, "trouble": evil}, "page": 1, "before": 0, "total": 51,
            "database": evil, "n_alive": 0,
            "workers": [], "pauses": {evil: Pause(NOW, evil, 2)},
            "versions": {evil: evil},
        },
        "login": {"next_url": "/library?q=" + evil, "wrong": True},
        "error": {"status": 404, "code": evil, "message": evil},
    }  # fmt: skip
