"""Heads: the trainable parts of models, from feature vectors to a logit for each genre."""
