"""Made-up jobs for tests and benchmarks of the queue alone."""

from typing import Any

from db.queue.job_records import NewJob


def new_jobs(n_jobs: int, *, prefix: str = "job", **fields: Any) -> list[NewJob]:
    """Return jobs with keys of their own, downloads from YouTube unless said otherwise."""
    common = {"site": "youtube", "features_id": "f", "model_id": "m", "lane": "download", **fields}
    return [
        NewJob(key=f"{prefix}/{number}", trailer_id=f"youtube:{prefix}{number}", source=f"{prefix}/{number}", **common)
        for number in range(n_jobs)
    ]
