"""View builders: from records of the database to what the pages show."""

from collections.abc import Sequence

from db.library_records import LibraryTrailer
from db.queue.job_records import Job
from db.store import Store
from web.documents import job_document
from web.queue_views import Document
from web.views import PlayerView
from worker.sites import SITES


def make_player(trailer: LibraryTrailer) -> PlayerView | None:
    """Return the addresses where a trailer can be watched, None for a file."""
    site = SITES.get(trailer.source.site)
    if site is None:
        return None
    video_id = trailer.source.video_id
    return PlayerView(site.title, site.url(video_id), site.player_url(video_id), site.moment, site.seek)


def view_jobs(store: Store, jobs: Sequence[Job]) -> tuple[Document, ...]:
    """Return jobs as the API shows them, titled by their trailers where those are known, else by their sources."""
    trailers = store.library.get_all([job.trailer_id for job in jobs])
    titles = {trailer_id: trailer.source.title for trailer_id, trailer in trailers.items()}
    documents = (job_document(job) for job in jobs)
    return tuple(
        {**document, "title": titles.get(document["trailer_id"]) or document["title"] or document["source"]}
        for document in documents
    )
