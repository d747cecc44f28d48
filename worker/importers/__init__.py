"""Importers of published data sets, each in its documented layout, and of labels for stored trailers."""
