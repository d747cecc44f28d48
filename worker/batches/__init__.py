"""Batches: the rows of a list become jobs, and the jobs result rows."""
