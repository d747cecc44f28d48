"""Classifier: features in, GenrePrediction out; training and predicting on files and arrays alone."""
