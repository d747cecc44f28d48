"""Video: from an untrusted file to the frames of the frame rule."""
