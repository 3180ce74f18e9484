"""Structured interviews, from job to decision.

Rooms, in the order of the journey; each may use those before it: :mod:`kits` (questions, anchors and weights of a job),
:mod:`campaigns` (candidates, schedule, notices), :mod:`calibration` (raters in training), :mod:`room` (the interview
itself), :mod:`recordings` (transcripts run through detection), :mod:`panel` (ratings judged, candidates compared),
:mod:`decisions` (a person's decision, the candidate's report, the hire), :mod:`candidacy` (the candidate's own pages).
Beside them :mod:`blinding` says who may not see what yet, and :mod:`reach` whose records a user reaches.
"""
