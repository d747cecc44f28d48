"""Data: labelled rows, the files that hold them, and the splits that keep films together."""
