"""Evaluation: metrics, baselines, intervals, calibration and thresholds."""
