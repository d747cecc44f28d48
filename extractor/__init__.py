"""Extraction: a video file in, FrameFeatures out; it uses no internet, queue or database."""
