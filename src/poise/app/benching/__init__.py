"""Measurements of the app as it runs: how fast its pages and imports are, and whether kill -9 loses anything.

``python -m poise.app.benching app`` and ``… lost`` (``bin/bench`` brings a throw-away PostgreSQL with it). Both make a
home and a database of their own, and touch no other.
"""
