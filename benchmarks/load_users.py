"""Users of the page and the API, as locust plays them: only locust imports this, in a process of its own.

Each submits a made-up link, polls its job every second until it is finished, and looks around. One in ten submits
twice: the same link again, or the same idempotency key; both must give the same job.
"""

import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.env import Environment

from benchmarks.load_times import OUT

POLL_S = 1.0
PATIENCE_S = 120.0
ONE_IN = 10  # submits twice
FINISHED = ("done", "failed", "cancelled", "dead")
ACCEPTED: dict[str, float | None] = {}  # seconds until a job was finished by job_id, None where nobody saw it


class Visitor(FastHttpUser):
    """Somebody who submits a trailer, waits for it, and looks around."""

    wait_time = between(0.5, 1.5)

    @task
    def visit(self) -> None:
        """Submit, poll, look around."""
        link = f"https://www.youtube.com/watch?v={secrets.token_urlsafe(8)}"
        job = self._submit_twice(link) if secrets.randbelow(ONE_IN) == 0 else self._submit(link)
        if job is None:
            return
        self._poll(job["job_id"])
        self._look_around()

    def _submit_twice(self, link: str) -> Any:
        headers = {"Idempotency-Key": secrets.token_hex(8)} if secrets.randbelow(2) else {}
        name = "POST /v1/jobs, same key" if headers else "POST /v1/jobs, same link"
        first = self._submit(link, headers=headers)
        return first and self._submit(link, headers=headers, name=name, expect=first["job_id"])

    def _submit(
        self, link: str, *, headers: dict[str, str] | None = None, name: str = "POST /v1/jobs", expect: str = ""
    ) -> Any:
        """Return the job, None if it was refused."""
        sent = self.client.request(
            "POST", "/v1/jobs", name=name, json={"source": link}, headers=headers, catch_response=True
        )
        with sent as response:
            if response.status_code not in (200, 202):
                response.failure(f"status {response.status_code}: {response.text}")
                return None
            job = response.json()
            if expect not in ("", job["job_id"]):
                response.failure(f"another job for the same request: {job['job_id']}, not {expect}")
        ACCEPTED.setdefault(job["job_id"], None)
        return job

    def _poll(self, job_id: str) -> None:
        """Look at a job until it is finished, and note when that was."""
        begun = time.monotonic()
        while time.monotonic() < begun + PATIENCE_S:
            response = self.client.get(f"/v1/jobs/{job_id}", name="GET /v1/jobs/{id}")
            stage = response.json()["stage"] if response.status_code == 200 else ""
            if stage in FINISHED:
                ACCEPTED[job_id] = time.monotonic() - begun
                return
            time.sleep(POLL_S)

    def _look_around(self) -> None:
        page = {"Accept": "text/html"}
        listed = self.client.get("/v1/trailers?limit=20", name="GET /v1/trailers")
        self.client.get("/v1/jobs?limit=20", name="GET /v1/jobs")
        self.client.get("/library", name="GET /library", headers=page)
        if listed.status_code == 200:
            trailer_id = secrets.choice(listed.json()["trailers"])["trailer_id"]
            self.client.get(f"/v1/trailers/{trailer_id}", name="GET /v1/trailers/{id}")
            self.client.get(f"/trailers/{trailer_id}", name="GET /trailers/{id}", headers=page)


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def write_run(environment: Environment, **_: Any) -> None:
    """Write the measurements for the benchmark: the times in ms and errors of each request, and all jobs."""
    entries = [
        {
            "name": entry.name,
            "times": {str(ms): n for ms, n in entry.response_times.items()},
            "n_errors": entry.num_failures,
        }
        for entry in environment.stats.entries.values()
    ]
    errors = [f"{error.name}: {error.error} ({error.occurrences} times)" for error in environment.stats.errors.values()]
    written = {"entries": entries, "errors": errors, "accepted": ACCEPTED}
    Path(os.environ[OUT]).write_text(json.dumps(written))
