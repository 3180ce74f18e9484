"""Campaigns: who is interviewed when, by whom, and what they were told."""
