"""Video: from a stranger's file to the frames of the frame rule."""
