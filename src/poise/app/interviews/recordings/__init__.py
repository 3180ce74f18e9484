"""Recorded interviews: transcripts run through detection, as evidence of their own source."""
