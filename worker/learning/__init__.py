"""Learning: training sources, training and evaluation."""
