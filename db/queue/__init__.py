"""The queue: jobs, batches, claims and workers, as documents."""
