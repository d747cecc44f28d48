"""Learning: training sources, training, evaluation and label imports."""
