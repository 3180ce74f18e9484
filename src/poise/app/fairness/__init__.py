"""Adverse impact, from voluntary answers that no assessor can read."""
