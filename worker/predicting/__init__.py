"""Predictions: the genres of one trailer, poster or plot."""
