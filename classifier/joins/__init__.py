"""Joins: the heads of several modalities made one."""
