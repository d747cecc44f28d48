"""The first page: the form, the caller's unfinished jobs, the trailers analysed last."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from db.library_records import LibraryQuery
from db.queue.jobs import JobFilter
from web.api.routing import CallerDep, ServiceDep
from web.documents import titled_documents
from web.pages.renderer import OPEN, make_page_router, show_page
from web.uploaded_files import SUFFIXES

router = make_page_router()
N_JOBS = 12
N_LATEST = 8


@router.get("/")
def show_submit(request: Request, service: ServiceDep, caller: CallerDep) -> HTMLResponse:
    """Show the form."""
    jobs = service.store.jobs.list(JobFilter(stages=OPEN, asked_by=caller.name), limit=N_JOBS)
    return show_page(
        request,
        "submit",
        jobs=titled_documents(service.store, jobs),
        latest=service.store.library.find(LibraryQuery(), limit=N_LATEST).trailers,
        max_mb=service.settings.max_download_bytes // 2**20,
        suffixes=SUFFIXES,
    )
