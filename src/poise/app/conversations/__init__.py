"""Conversations as they were read: turns, events, who took part, and the words that search finds."""
