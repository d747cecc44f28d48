"""The first page: what to analyse, what runs, what was analysed lately."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from db.library_records import LibraryQuery
from db.queue.jobs import JobFilter
from web.api.routing import Asking, Serving
from web.pages.renderer import make_page_router, pages_of
from web.pages.view_builders import card_of, job_views
from web.views import SubmitPage

router = make_page_router()
N_JOBS = 12
N_LATELY = 8
OPEN = ("queued", "downloading", "extracting", "classifying")


@router.get("/")
def submit(request: Request, service: Serving, caller: Asking) -> HTMLResponse:
    """Show where to submit."""
    jobs = service.store.jobs.list(JobFilter(stages=OPEN, asked_by=caller.name), limit=N_JOBS)
    lately = service.store.library.find(LibraryQuery(), limit=N_LATELY).trailers
    view = SubmitPage(
        jobs=job_views(service.store, jobs),
        lately=tuple(card_of(trailer) for trailer in lately),
        max_mb=service.settings.max_download_bytes // 2**20,
    )
    return pages_of(request).show("submit", "submit", view)
