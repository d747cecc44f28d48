"""A video file in, FrameFeatures out; knows no network, queue or database."""
