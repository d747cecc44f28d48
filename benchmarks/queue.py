"""The queue: jobs a second of the machinery alone, claims from long queues, trailers an hour against `analyze`."""

from benchmarks import claiming, machinery, overlap


def main() -> None:
    """Print the three tables."""
    machinery.main()
    claiming.main()
    overlap.main()


if __name__ == "__main__":
    main()
