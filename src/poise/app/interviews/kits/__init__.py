"""Kits: what a job is interviewed on."""
