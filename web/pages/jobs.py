"""Jobs and health: running, waiting and failed jobs, and the state of the service."""

import platform
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from db.embedded.home import find_folder
from db.queue.job_records import Stage
from db.queue.jobs import JobFilter
from extractor.errors import WeightsError
from extractor.networks.names import STARTER
from web.api.routing import ServiceDep
from web.documents import cause_document, titled_documents
from web.pages.renderer import make_page_router, show_page
from web.service import Service
from worker.download.scratch import has_reserve
from worker.inference.backbone_choice import SWITCH
from worker.service.supervisor import ALIVE_S

router = make_page_router()
N_JOBS = 50
MAX_PAGE = 20_000
SEEN_S = 3600  # workers seen in the last hour are shown


@router.get("/jobs")
def show_jobs(
    request: Request,
    service: ServiceDep,
    stage: Annotated[Stage | None, Query()] = None,
    code: Annotated[str | None, Query(pattern=r"^[a-z_]{1,40}$")] = None,
    page: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 1,
) -> HTMLResponse:
    """Show jobs and health."""
    store = service.store
    wanted = JobFilter(stages=(stage,) if stage else None, code=code)
    counts = store.jobs.count(JobFilter(code=code))
    jobs = store.jobs.list(wanted, limit=N_JOBS, skip=N_JOBS * (page - 1))
    return show_page(
        request,
        "jobs",
        jobs=titled_documents(store, jobs),
        counts=counts,
        causes=[cause_document(cause) for cause in store.jobs.causes(JobFilter())],
        pace=store.pace.read(),
        disks=_check_disks(service),
        stage=stage,
        code=code,
        page=page,
        before=N_JOBS * (page - 1),
        total=counts.get(stage, 0) if stage else sum(counts.values()),
        database=store.server_version,
        network=_find_network(service),
        n_alive=len(store.workers.alive(within_s=ALIVE_S)),
        workers=store.workers.alive(within_s=SEEN_S),
        pauses=dict(sorted(store.throttle.pauses().items())),
        versions={"trailers": version("trailers"), "python": platform.python_version()},
    )


def _check_disks(service: Service) -> list[dict[str, str]]:
    """Return what is free on each disk that is written to, and what stops below the reserve of the home's."""
    settings = service.settings
    folders = {"data": settings.home, "downloads": settings.scratch}
    if settings.mongodb_uri is None:
        folders["the database"] = find_folder(settings.home)
    trouble = "" if has_reserve(settings) else "No downloads: less than twice TRAILERS_MAX_DOWNLOAD_MB is free."
    return [
        {"message": f"{free / 2**30:.1f} GB free for {' and '.join(uses)}", "trouble": "" if i else trouble}
        for i, (uses, free) in enumerate(_group_by_disk(folders))
    ]


def _group_by_disk(folders: Mapping[str, Path]) -> list[tuple[list[str], int]]:
    """Return what each disk is used for, and its free bytes; a folder that isn't made yet is no disk of its own."""
    disks: dict[int, tuple[list[str], int]] = {}
    for use, folder in folders.items():
        if folder.exists():
            uses, _ = disks.setdefault(folder.stat().st_dev, ([], shutil.disk_usage(folder).free))
            uses.append(use)
    return list(disks.values())


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
