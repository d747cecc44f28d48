"""Trailers: how well genres are told from real trailers and clips, `make bench ARGS=trailers`."""

from benchmarks.trailers.tables import main as main
