"""Audits: stored trailers whose tags are likely wrong, and what people decide about them."""
