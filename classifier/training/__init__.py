"""Training: candidates fitted and compared, the best of them calibrated into a model."""
