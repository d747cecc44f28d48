"""From records of the database to the view records of the pages."""

from collections.abc import Mapping, Sequence

from classifier.prediction import GenreScore
from db.library_records import LibraryTrailer, Review
from db.queue.job_records import Job
from db.store import Store
from extractor.video.filmstrip import Filmstrip
from web.documents import job_document
from web.queue_views import JobView
from web.views import PlayerView, ReviewView, Strip, TrailerCard
from worker.sites import SITES

N_TOP = 3


def title_of(trailer: LibraryTrailer) -> str:
    """Return what people know a trailer by."""
    return trailer.source.title or trailer.trailer_id


def card_of(trailer: LibraryTrailer, *, similarity: float | None = None) -> TrailerCard:
    """Return a trailer as a card."""
    verdict = trailer.verdict
    return TrailerCard(
        trailer_id=trailer.trailer_id,
        title=title_of(trailer),
        duration_s=trailer.video.duration_s,
        genres=brief_scores(verdict.scores, verdict.top, verdict.passed) if verdict else (),
        uploader=trailer.source.uploader,
        labels=trailer.labels.genres,
        analysed_at=trailer.created_at,
        reviewed=trailer.reviewed_at is not None,
        disagreement=verdict.disagreement if verdict and trailer.labels.genres else None,
        similarity=similarity,
    )


def brief_scores(scores: Mapping[str, float], top: tuple[str, ...], passed: tuple[str, ...]) -> tuple[GenreScore, ...]:
    """Return the first genres of a verdict in brief, which knows whether they passed but not their thresholds."""
    return tuple(
        GenreScore(genre, scores[genre], 0.0, genre in passed, rank) for rank, genre in enumerate(top[:N_TOP], start=1)
    )


def strip_of(filmstrip: Filmstrip) -> Strip:
    """Return the shape of a filmstrip."""
    return Strip(filmstrip.n_frames, filmstrip.columns, filmstrip.width, filmstrip.height, filmstrip.colors)


def review_of(review: Review) -> ReviewView:
    """Return a review as people read it."""
    return ReviewView(dict(review.decisions), review.created_at, review.reviewer, review.note)


def player_of(trailer: LibraryTrailer) -> PlayerView | None:
    """Return where and how a trailer can be watched, None for a file."""
    site = SITES.get(trailer.source.site)
    if site is None:
        return None
    video_id = trailer.source.video_id
    return PlayerView(site.title, site.url(video_id), site.player_url(video_id), site.moment, site.seek)


def job_view(job: Job, genres: tuple[GenreScore, ...] = (), *, title: str | None = None) -> JobView:
    """Return a job as people see it."""
    told = job_document(job)
    error = job.error
    return JobView(
        job_id=job.job_id,
        trailer_id=job.trailer_id,
        title=title or told["title"] or told["source"],
        source=told["source"],
        stage=job.stage,
        created_at=job.created_at,
        updated_at=job.updated_at,
        lane=job.lane,
        attempts=job.attempts,
        done=job.progress.get("done"),
        total=job.progress.get("total"),
        error=type(error)(error.code, error.error_class, told["error"]["message"]) if error else None,
        finished_at=job.finished_at,
        genres=genres,
        batch_id=job.batches[0] if job.batches else None,
    )


def job_views(store: Store, jobs: Sequence[Job]) -> tuple[JobView, ...]:
    """Return jobs as people see them, by their trailers' titles where those are known."""
    known = store.library.get_all([job.trailer_id for job in jobs])
    views = []
    for job in jobs:
        trailer = known.get(job.trailer_id)
        verdict = trailer.verdict if trailer else None
        genres = brief_scores(verdict.scores, verdict.top, verdict.passed) if verdict and job.stage == "done" else ()
        views.append(job_view(job, genres, title=title_of(trailer) if trailer else None))
    return tuple(views)
