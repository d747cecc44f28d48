"""Batches: the rows of a list become jobs, and their results rows again."""
