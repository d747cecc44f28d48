"""Inference: which backbone works on this machine, and one process a device that serves all others."""
