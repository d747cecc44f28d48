"""Exports: results, tags, predictions and timelines as files of rows."""
