"""Importers of published data sets, each in its documented layout, for `trailers import`."""
