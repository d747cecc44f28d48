"""Jobs and health: running, waiting and failed jobs, and the state of the service."""

import platform
import shutil
from importlib.metadata import version
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from db.queue.job_records import Stage
from db.queue.jobs import JobFilter
from extractor.errors import WeightsError
from extractor.networks.names import STARTER
from web.api.routing import Cursor, ServiceDep
from web.cursors import read_moment, write_moment
from web.documents import cause_document, titled_documents
from web.pages.renderer import make_page_router, show_page
from web.service import Service
from worker.download.scratch import has_reserve
from worker.inference.backbone_choice import SWITCH
from worker.service.supervisor import ALIVE_S

router = make_page_router()
N_JOBS = 50
SEEN_S = 3600  # workers seen in the last hour are shown


@router.get("/jobs")
def show_jobs(
    request: Request,
    service: ServiceDep,
    stage: Annotated[Stage | None, Query()] = None,
    code: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
    cursor: Cursor = None,
) -> HTMLResponse:
    """Show jobs and health."""
    store = service.store
    wanted = JobFilter(stages=(stage,) if stage else None, code=code)
    found = store.jobs.list(wanted, limit=N_JOBS + 1, after=read_moment(cursor, "jobs") if cursor else None)
    shown = found[:N_JOBS]
    return show_page(
        request,
        "jobs",
        jobs=titled_documents(store, shown),
        counts=store.jobs.count(JobFilter()),
        causes=[cause_document(cause) for cause in store.jobs.causes(JobFilter())],
        pace=store.pace.read(),
        disk=_check_disk(service),
        stage=stage,
        code=code,
        next_cursor=write_moment((shown[-1].updated_at, shown[-1].job_id), "jobs") if len(found) > N_JOBS else None,
        database=store.server_version,
        network=_find_network(service),
        n_alive=len(store.workers.alive(within_s=ALIVE_S)),
        workers=store.workers.alive(within_s=SEEN_S),
        pauses=dict(sorted(store.throttle.pauses().items())),
        versions={"trailers": version("trailers"), "python": platform.python_version()},
    )


def _check_disk(service: Service) -> dict[str, str]:
    """Return what is free where downloads are kept, and what stops below the reserve."""
    settings = service.settings
    message = f"{shutil.disk_usage(settings.home).free / 2**30:.1f} GB free for downloads and data"
    trouble = "" if has_reserve(settings) else "No downloads: less than twice TRAILERS_MAX_DOWNLOAD_MB is free."
    return {"message": message, "trouble": trouble}


def _find_network(service: Service) -> dict[str, str]:
    """Return which network looks at trailers, and what an operator should know of it."""
    try:
        choice = service.runtime.known_choice()
    except WeightsError as exc:
        return {"message": "none", "trouble": str(exc)}
    if choice is None:
        return {"message": "Inception-V3, whose weights come with the first video", "trouble": ""}
    features_id, is_starter = choice.weights.features_id, choice.weights.backbone == STARTER
    if choice.warning or not is_starter:
        return {"message": features_id, "trouble": choice.warning or ""}
    return {"message": f"{features_id}, the small one that ships with Trailers. {SWITCH}.", "trouble": ""}
