"""Inference: the choice of a backbone and a model, and one process a device that infers for all others."""
