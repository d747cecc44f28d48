"""Predictions: one trailer, poster or plot and what is known of it, to its genres."""
