"""Features in, GenrePrediction out; training and judging on files and arrays alone."""
