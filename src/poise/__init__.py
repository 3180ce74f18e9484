"""Poise: service traits from conversations, interviews and simulated shifts, on evidence."""

__version__ = "0.1.0"
