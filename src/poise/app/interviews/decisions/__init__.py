"""Decisions: a person, a reason, what was seen; the candidate's report; the hire."""
