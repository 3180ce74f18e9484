"""Traits, signals and behaviours as files that people can read and change."""
