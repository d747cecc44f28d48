"""The page to submit at: films to stage, jobs that are unfinished or were shown before, the trailers analysed last."""

import re

from fastapi import Request
from fastapi.responses import HTMLResponse

from db.library_records import LibraryQuery
from db.queue.job_records import Job
from db.queue.jobs import JobFilter
from db.store import Store
from web.api.routing import CallerDep, ServiceDep
from web.comparison import list_words
from web.documents import titled_documents
from web.pages.renderer import OPEN, make_page_router, show_page
from web.uploaded_files import SUFFIXES

router = make_page_router()
COOKIE = "trailers_jobs"  # the ids of the cards there were, as submit.js keeps them
N_JOBS = 24
N_LATEST = 8
_ID = re.compile("[0-9a-f]{24}")


@router.get("/submit")
def show_submit(request: Request, service: ServiceDep, caller: CallerDep) -> HTMLResponse:
    """Show the page."""
    jobs = _find_jobs(service.store, caller.name, _ID.findall(request.cookies.get(COOKIE, "")))
    house_words, genres = list_words(service.store.taxonomies.current())
    return show_page(
        request,
        "submit",
        jobs=titled_documents(service.store, jobs, results=True),
        words=[*house_words, *genres],
        latest=service.store.library.find(LibraryQuery(), limit=N_LATEST).trailers,
        max_mb=service.settings.max_download_bytes // 2**20,
        suffixes=SUFFIXES,
    )


def _find_jobs(store: Store, caller: str, shown_ids: list[str]) -> list[Job]:
    """Return the jobs that the page has shown, in its order, after the caller's other unfinished ones of no batch."""
    unfinished = store.jobs.list(JobFilter(stages=OPEN, asked_by=caller), limit=N_JOBS)
    shown = store.jobs.get_many(shown_ids[:N_JOBS])
    new = [job for job in unfinished if not (job.job_id in shown or job.batches or job.kind.is_single)]
    return [*new, *(shown[job_id] for job_id in shown_ids if job_id in shown)][:N_JOBS]
